# Documentation: no broken link, no warning.
set -euo pipefail
source .ci/lib.sh

export RUSTDOCFLAGS=-Dwarnings
say cargo doc --no-deps --features "allocator-api2,c-api,initial-exec,$POOL_FEATURES"
say cargo doc --no-deps --features "allocator-api2,c-api,initial-exec,$POOL_FEATURES" --document-private-items
say cargo doc --no-deps -p poolalloc-derive -p poolalloc-preload
