# The crate without std: it compiles without a warning, and a program with neither std nor an
# allocator links and runs.
set -euo pipefail
source .ci/lib.sh

need cc gcc
need nm binutils
say cargo clippy --lib --no-default-features -- -D warnings
say cargo clippy --lib --no-default-features --features serde -- -D warnings
say cargo test --lib --no-default-features

export CARGO_TARGET_DIR=$TARGET/tests/nostd
say cargo build --release --manifest-path tests/nostd/Cargo.toml
program=$CARGO_TARGET_DIR/release/nostd
nm "$program" | grep -iE 'malloc|calloc|realloc|__rust_alloc|4alloc|3std' &&
    fail "$program names an allocator or std"
say "$program"
