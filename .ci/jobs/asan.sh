# AddressSanitizer. Free blocks, and idle objects of pools, are poisoned under cfg(poolalloc_asan).
set -euo pipefail
source .ci/lib.sh

need cc gcc
need_nightly
export CARGO_TARGET_DIR=$TARGET/asan
export RUSTFLAGS="-Zsanitizer=address --cfg poolalloc_asan"
# Not a search for leaks: pointers in the pools are not among the roots it looks at.
export ASAN_OPTIONS=detect_leaks=0

say cargo +nightly build --manifest-path tests/sanitize/Cargo.toml --target "$(host)" \
    --bin asan_clean --bin asan_planted --bin asan_pools
bin=$CARGO_TARGET_DIR/$(host)/debug

for way in $("$bin/asan_planted" --list); do
    log=$("$bin/asan_planted" "$way" 2>&1) && fail "$way is not reported: $log"
    # Not "heap-use-after-free": that would be a block of System.
    grep -q 'ERROR: AddressSanitizer: use-after-poison' <<<"$log" ||
        fail "$way is reported as something else: $log"
    echo "planted $way: reported"
done
say "$bin/asan_clean"
say "$bin/asan_pools"
