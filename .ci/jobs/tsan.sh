# ThreadSanitizer. The standard library is not built for it, so the programs meet without it, and the
# pools do without its locks under cfg(poolalloc_tsan).
set -euo pipefail
source .ci/lib.sh

need cc gcc
# Puts names to what is reported, and tsan.supp is about names: of inlined functions, too.
need addr2line binutils
export CARGO_PROFILE_DEV_DEBUG=full
need_nightly
export CARGO_TARGET_DIR=$TARGET/tsan
export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg poolalloc_tsan"
export TSAN_OPTIONS="suppressions=tests/sanitize/tsan.supp allow_addr2line=1"

say cargo +nightly build --manifest-path tests/sanitize/Cargo.toml --target "$(host)" \
    --bin tsan_clean --bin tsan_pools \
    --bin tsan_planted_race --bin tsan_planted_allocator --bin tsan_planted_pool
bin=$CARGO_TARGET_DIR/$(host)/debug

for planted in race allocator pool; do
    log=$("$bin/tsan_planted_$planted" 2>&1) && fail "the planted $planted is not reported: $log"
    grep -q 'WARNING: ThreadSanitizer: data race' <<<"$log" ||
        fail "the planted $planted is reported as something else: $log"
    echo "planted $planted: reported"
done
say "$bin/tsan_clean"
say "$bin/tsan_pools"
