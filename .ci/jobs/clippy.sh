# Lints of every target. The MSRV is one of them: clippy::incompatible_msrv is denied in Cargo.toml.
set -euo pipefail
source .ci/lib.sh

need cc gcc

say cargo clippy --workspace --all-targets -- -D warnings
for feature in allocator-api2 passthrough mimalloc; do
    say cargo clippy --all-targets --features "$feature" -- -D warnings
done

# The test profile makes clippy see the models; they live in the library under cfg(all(test, loom)).
export CARGO_TARGET_DIR=$TARGET/clippy-cfg
for cfg in loom miri poolalloc_asan; do
    RUSTFLAGS="--cfg $cfg" say cargo clippy --lib --profile test -- -D warnings
done

for manifest in $(manifests | grep /); do
    CARGO_TARGET_DIR=$TARGET/$(dirname "$manifest") \
        say cargo clippy --all-targets --manifest-path "$manifest" -- -D warnings
done
