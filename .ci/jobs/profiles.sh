# One program in the profiles that users choose, and linked statically.
set -euo pipefail
source .ci/lib.sh

need cc gcc
need readelf binutils
package=tests/profiles/Cargo.toml
export CARGO_TARGET_DIR=$TARGET/tests/profiles

# runs_right PROGRAM LINKED PANICS STATUS: the program is what its profile says, and its answers are
# right; when it panics it ends with STATUS.
runs_right() {
    local told status=0
    told=$("$1")
    echo "$1: $told"
    [ "$told" = "all answers right ($2, panic = $3)" ] || fail "$1 was not built as asked"
    told=$("$1" panic 2>&1) || status=$?
    [ "$status" = "$4" ] || fail "$1 panicked with status $status instead of $4: $told"
}

for profile in release small thin fat; do
    say cargo build --profile "$profile" --manifest-path "$package"
    runs_right "$CARGO_TARGET_DIR/$profile/profiles" dynamic unwind 101
done

say cargo build --profile abort --manifest-path "$package"
runs_right "$CARGO_TARGET_DIR/abort/profiles" dynamic abort 134

say env RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=pie" \
    cargo build --release --target "$(host)" --manifest-path "$package"
program=$CARGO_TARGET_DIR/$(host)/release/profiles
headers=$(readelf --file-header --program-headers "$program")
grep -q 'Type: *DYN' <<<"$headers" || fail "$program is not position-independent"
grep -q INTERP <<<"$headers" && fail "$program asks for a dynamic loader"
runs_right "$program" static unwind 101
