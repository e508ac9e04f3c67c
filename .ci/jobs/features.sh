# The tests that a feature concerns, with each that changes what the library does, or adds to it.
set -euo pipefail
source .ci/lib.sh

# of FEATURES TEST…: the library's own tests, and these.
of() {
    local tests=(--lib) name
    for name in "${@:2}"; do tests+=(--test "$name"); done
    CC=/bin/false say cargo test --features "$1" "${tests[@]}"
}
# They add to what is there, and the features of pools are unknown to the allocator.
of "allocator-api2,$POOL_FEATURES" allocator_api2 global pools fixed_pool
CC=/bin/false say cargo test --features "allocator-api2,$POOL_FEATURES" --doc
# Not fork and plugin, which take long and find the system's allocator right; nor what is flat, which
# it need not be: 7.1 MiB rose to 9.5 beside other load.
of passthrough it global model misuse oom stats stats_table teardown main_thread pools
of c-api,initial-exec it global model misuse fork stats teardown main_thread plugin
CC=/bin/false say cargo test -p poolalloc-derive -p refused

need cc gcc
say cargo test --features mimalloc --test layer_mimalloc
