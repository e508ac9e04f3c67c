# Where the engine does not run the crate still compiles and passes everything to System.
#
# cfg(miri) selects what targets without an engine get, so it is run here as they would run it. Other
# targets are checked where their standard library is installed (`rustup target add …`).
set -euo pipefail
source .ci/lib.sh

export RUSTFLAGS="--cfg miri" RUSTDOCFLAGS="--cfg miri"
export CARGO_TARGET_DIR=$TARGET/pass
say cargo test --lib
say cargo test --doc
unset RUSTFLAGS

others=$(rustup target list --installed | grep -vx "$(host)" || true)
[ -n "$others" ] || echo "not checked here: other targets; none is installed"
for target in $others; do
    say cargo check --lib --target "$target"
done
