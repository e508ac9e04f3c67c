# Published programs, built as they are (System) and with the two lines that make PoolAlloc their
# allocator: both print the same. Which programs: tests/reality/Cargo.toml. What they are asked:
# tests/reality/ask.sh.
set -euo pipefail
source .ci/lib.sh

need cc gcc
need curl curl
need unzip unzip
package=$PWD/tests/reality
pool=$PWD
work=$TARGET/reality
export CARGO_TARGET_DIR=$work/target
# The profiles they publish ask for LTO; without it both builds share their dependencies.
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=none
# Quicker to build, and the same program otherwise; PoolAlloc in it is optimised, as its users have it.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=0
export RUSTFLAGS=-Awarnings
# The copies may lie outside of the repository, where rust-toolchain.toml is not seen.
RUSTUP_TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
export RUSTUP_TOOLCHAIN

# version_of CRATE: as Cargo.lock has it.
version_of() {
    grep -A1 "^name = \"$1\"" "$package/Cargo.lock" | sed -n 's/^version = "\(.*\)"/\1/p' | tail -n 1
}

# build PROGRAM ALLOCATOR BINARY: from the published source, with the versions of Cargo.lock.
build() {
    local copy=$work/$2/$1 features=() optimised=()
    rm -rf "$copy"
    mkdir -p "$work/$2"
    cp -r "$sources/$1-$(version_of "$1")" "$copy"
    cp "$package/Cargo.lock" "$copy/"
    if [ "$2" = pool ]; then
        optimised=(--config profile.release.package.poolalloc.opt-level=3)
        main=$(find "$copy/src/main.rs" "$copy/crates/core/main.rs" 2>/dev/null || true)
        cat >>"$main" <<'RUST'

#[global_allocator]
static POOL: poolalloc::PoolAlloc = poolalloc::PoolAlloc::new();
RUST
        printf '\n[dependencies.poolalloc]\npath = "%s"\n' "$pool" >>"$copy/Cargo.toml"
    fi
    grep "^$1 " "$package/Cargo.toml" | grep -q 'default-features = false' &&
        features=(--no-default-features)
    (cd "$copy" && say cargo build --quiet --release --bin "$3" "${features[@]}" "${optimised[@]}")
    cp "$CARGO_TARGET_DIR/release/$3" "$work/$2/$3.exe"
    if [ "$2" = pool ]; then
        grep -qa "poolalloc: " "$work/$2/$3.exe" || fail "$1 was built without PoolAlloc"
    fi
}

mkdir -p "$work"
say cargo fetch --quiet --locked --manifest-path "$package/Cargo.toml" --target "$(host)"
cargo metadata --quiet --locked --format-version 1 --filter-platform "$(host)" \
    --manifest-path "$package/Cargo.toml" >"$work/metadata.json"
sources=$(grep -o '"manifest_path":"[^"]*/tokei-[^"]*"' "$work/metadata.json" | cut -d'"' -f4)
sources=$(dirname "$(dirname "$sources")")

rm -rf "$work/input"
mkdir -p "$work/input"
for name in tokio syn regex-syntax hyper clap_builder rayon jaq ripgrep tokei dufs; do
    cp -r "$sources/$name-$(version_of "$name")" "$work/input/$name"
done
mv "$work/metadata.json" "$work/input/"

for row in jaq:jaq ripgrep:rg tokei:tokei dufs:dufs; do
    program=${row%:*} binary=${row#*:}
    for allocator in system pool; do
        build "$program" "$allocator" "$binary"
        start=${EPOCHREALTIME/./}
        bash "$package/ask.sh" "$program" "$work/$allocator/$binary.exe" "$work/input" "$work" \
            >"$work/$allocator/$binary.out"
        echo "$program, $allocator: $(wc -l <"$work/$allocator/$binary.out") lines in" \
            "$(((${EPOCHREALTIME/./} - start) / 1000)) ms"
    done
    [ -s "$work/system/$binary.out" ] || fail "$program printed nothing"
    cmp "$work/system/$binary.out" "$work/pool/$binary.out" || fail "$program prints something else"
done
