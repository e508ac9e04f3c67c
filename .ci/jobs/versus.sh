# The comparison: its tests, and two workloads on two allocators. No C library is built, and not the
# group `real`. The times are not looked at.
set -euo pipefail
source .ci/lib.sh

need cc gcc
say cargo test -p versus -p versus-workloads --no-default-features

json=$TARGET/versus/smoke.json
rm -f "$json"
say cargo run -p versus --no-default-features -- run --quick --rounds 2 \
    --workloads batch-lifo,xmalloc --allocators poolalloc,system --json "$json"
[ "$(grep -c '"wall_s"' "$json")" = 8 ] || fail "8 rows were to be measured"
say cargo run -p versus --no-default-features -- report --json "$json" --out "$TARGET/versus/smoke"
