# Lints of every target. The MSRV is one of them: clippy::incompatible_msrv is denied in Cargo.toml.
set -euo pipefail
source .ci/lib.sh

need cc gcc

say cargo clippy --workspace --all-targets -- -D warnings
for feature in allocator-api2 passthrough mimalloc c-api initial-exec "$POOL_FEATURES"; do
    say cargo clippy --all-targets --features "$feature" -- -D warnings
done

export CARGO_TARGET_DIR=$TARGET/clippy-cfg
# The test profile makes clippy see the models: they live in the library under cfg(all(test, loom)).
say env RUSTFLAGS="--cfg loom" cargo clippy --lib --profile test -- -D warnings
for cfg in miri poolalloc_asan poolalloc_tsan; do
    say env RUSTFLAGS="--cfg $cfg" cargo clippy --lib -- -D warnings
done

# Not tests/reality: it has no code, only dependencies.
need c++ g++
for manifest in $(manifests | grep / | grep -v reality); do
    CARGO_TARGET_DIR=$TARGET/$(dirname "$manifest") \
        say cargo clippy --all-targets --manifest-path "$manifest" -- -D warnings
done
