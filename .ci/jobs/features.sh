# The tests with each feature that changes what the library does, or adds to it.
set -euo pipefail
source .ci/lib.sh

for feature in allocator-api2 passthrough c-api,initial-exec; do
    CC=/bin/false say cargo test --features "$feature"
done

# Only the pools: the allocator does not know these.
CC=/bin/false say cargo test --features "$POOL_FEATURES" --lib --test pools --test fixed_pool
CC=/bin/false say cargo test --features "$POOL_FEATURES" --doc
CC=/bin/false say cargo test -p poolalloc-derive

need cc gcc
say cargo test --features mimalloc --test layer_mimalloc
