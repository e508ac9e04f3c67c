# The tests with each feature that changes what the library does.
set -euo pipefail
source .ci/lib.sh

for feature in allocator-api2 passthrough c-api,initial-exec; do
    CC=/bin/false say cargo test --features "$feature"
done

need cc gcc
say cargo test --features mimalloc --test layer_mimalloc
