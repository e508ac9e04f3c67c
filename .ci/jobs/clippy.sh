# Lints of every target. The MSRV is one of them: clippy::incompatible_msrv is denied in Cargo.toml.
set -euo pipefail
source .ci/lib.sh

need cc gcc

# All that only adds to the library; then what changes it; then each feature without some of the others.
# Of all packages, so that what they depend on stays as it is.
adding=allocator-api2,c-api,initial-exec,mimalloc,$POOL_FEATURES
of_library() { sed 's|[^,]*|poolalloc/&|g' <<<"$1"; }
say cargo clippy --workspace --all-targets -- -D warnings
say cargo clippy --workspace --all-targets --features "$(of_library "$adding")" -- -D warnings
say cargo clippy --workspace --exclude poolalloc-preload --all-targets --features "$(of_library passthrough)" \
    -- -D warnings
for features in allocator-api2,c-api,derive,hashbrown,bytes initial-exec,serde,indexmap,smallvec; do
    say cargo clippy --lib --features "$features" -- -D warnings
done

export CARGO_TARGET_DIR=$TARGET/clippy-cfg
# The test profile makes clippy see the models: they live in the library under cfg(all(test, loom)).
say env RUSTFLAGS="--cfg loom" cargo clippy --lib --profile test -- -D warnings
for cfg in miri poolalloc_asan poolalloc_tsan; do
    say env RUSTFLAGS="--cfg $cfg" cargo clippy --lib -- -D warnings
done

# Not tests/reality: it has no code, only dependencies. Nothing is linked, so libFuzzer need not be built.
export CUSTOM_LIBFUZZER_PATH=/none/libfuzzer.a
export CARGO_TARGET_DIR=$TARGET/clippy-own
for manifest in $(manifests | grep / | grep -v reality); do
    say cargo clippy --all-targets --manifest-path "$manifest" -- -D warnings
done
