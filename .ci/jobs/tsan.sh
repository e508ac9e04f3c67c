# ThreadSanitizer. The standard library is not built for it, so the programs meet without it.
set -euo pipefail
source .ci/lib.sh

need cc gcc
need_nightly
export CARGO_TARGET_DIR=$TARGET/tsan
export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer"

say cargo +nightly build --manifest-path tests/sanitize/Cargo.toml --target "$(host)" \
    --bin tsan_clean --bin tsan_planted_race --bin tsan_planted_allocator
bin=$CARGO_TARGET_DIR/$(host)/debug

for planted in race allocator; do
    log=$("$bin/tsan_planted_$planted" 2>&1) && fail "the planted $planted is not reported: $log"
    grep -q 'WARNING: ThreadSanitizer: data race' <<<"$log" ||
        fail "the planted $planted is reported as something else: $log"
    echo "planted $planted: reported"
done
say "$bin/tsan_clean"
