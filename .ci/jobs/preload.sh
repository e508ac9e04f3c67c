# libpoolalloc_preload.so: what it exports, its fast paths, its tests, and real programs on it, which
# must answer as they do without it (preload/real/ask.sh).
set -euo pipefail
source .ci/lib.sh

need cc gcc
need c++ g++
need objdump binutils
need valgrind valgrind

say cargo build --release -p poolalloc-preload
out=$TARGET/release
library=$out/libpoolalloc_preload.so
runner=$out/poolalloc-run
work=$TARGET/preload
mkdir -p "$work"

# The names, and no others.
new='_Zn[wa]m(St11align_val_t)?(RKSt9nothrow_t)?'
delete='_Zd[la]Pvm?(St11align_val_t)?(RKSt9nothrow_t)?'
names=$(nm -D --defined-only "$library" | awk '{ print $3 }')
for name in malloc free calloc realloc reallocarray memalign posix_memalign aligned_alloc valloc \
    pvalloc malloc_usable_size malloc_trim mallopt mallinfo mallinfo2 malloc_stats free_sized \
    free_aligned_sized cfree _exit _Exit; do
    grep -qx "$name" <<<"$names" || fail "$name is not exported"
    names=$(grep -vx "$name" <<<"$names")
done
[ "$(grep -cxE "$new" <<<"$names")" = 8 ] || fail "8 operators new are not all exported"
[ "$(grep -cxE "$delete" <<<"$names")" = 12 ] || fail "12 operators delete are not all exported"
others=$(grep -vxE "$new|$delete" <<<"$names" || true)
[ -z "$others" ] || fail "exported, but not part of the interface: $others"
needed=$(readelf -dW "$library")
! grep -q 'NEEDED.*c++' <<<"$needed" || fail "a C++ runtime is linked"

# The heap is found without a call: the fast paths have none at all, and read a word of the thread.
code=$(objdump -d --no-show-raw-insn "$library")
for name in malloc _Znwm free _ZdlPv; do
    # Functions that are equal are one, under the name that came first.
    address=$(nm -D "$library" | awk -v name="$name" '$3 == name { print $1 }')
    body=$(awk -v start="$address" '$1 == start { on = 1; next } /^$/ { on = 0 } on' <<<"$code")
    grep -q '%fs:' <<<"$body" || fail "$name reads no word of the thread: $body"
    ! grep -qE '\scall|__tls_get_addr' <<<"$body" || fail "$name has a call in it: $body"
done
echo "malloc, free, operator new and delete: no call, and a word of the thread at a fixed place"

# A pair of malloc and free of 64 bytes with the calls and the PLT, without the loop around it.
readonly PAIR_MAX=45 LOOP=5
cc -O2 preload/tests/programs/pair.c -o "$work/pair"
counted() {
    "$runner" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/pair" "$1" 64 2>&1 |
        awk '/Collected/ { print $4 }'
}
pair=$((($(counted 200000) - $(counted 100000)) / 100000 - LOOP))
echo "instructions per pair of 64 bytes: $pair, at most $PAIR_MAX"
[ "$pair" -le "$PAIR_MAX" ] || fail "a pair takes $pair instructions"

# 10,000 forks, as `FORKS=10000` asks for, take two minutes more.
FORKS=1000 say cargo test --release -p poolalloc-preload

# Programs and plug-ins that bring this allocator with them.
say cargo build --release --example index
for run in '' "$runner"; do
    $run "$out/examples/index" --json src tests | sed 's/"seconds".*//' >"$work/index-${run:+with}"
done
cmp "$work/index-" "$work/index-with" || fail "the example prints something else"
CARGO_TARGET_DIR=$TARGET/plugin \
    say cargo build --release --manifest-path tests/plugin/cdylib/Cargo.toml
cc -std=gnu11 -O1 -pthread tests/plugin/host.c -ldl -o "$work/host"
say "$runner" "$work/host" "$TARGET/plugin/release/libplugin.so" | grep 'loaded and unloaded' ||
    fail "the host of plug-ins failed"

# Real programs, with and without at the same time.
export PATH=$PATH:/usr/sbin
missing=
while read -r program command package; do
    (need "$command" "$package") || { missing+=" $program"; continue; }
    if [ "$program" = python ] && ! "$command" -c 'import test.test_dict' 2>/dev/null; then
        version=$("$command" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_package "libpython$version-testsuite" || true
        "$command" -c 'import test.test_dict' || { missing+=" $program"; continue; }
    fi
    start=${EPOCHREALTIME/./}
    mkdir -p "$work/reports"
    rm -rf "$work/reports/$program"*
    bash preload/real/ask.sh "$program" "$work/without-$program" >"$work/$program.without" \
        2>"$work/$program.without.err" </dev/null &
    status=0
    "$runner" --stats="$work/reports/$program" bash preload/real/ask.sh "$program" \
        "$work/with-$program" >"$work/$program.with" 2>"$work/$program.with.err" </dev/null ||
        status=$?
    wait $! || { tail "$work/$program.without.err"; fail "$program fails without PoolAlloc"; }
    [ "$status" = 0 ] || { tail "$work/$program.with.err"; fail "$program fails on PoolAlloc"; }
    [ -s "$work/$program.with" ] || fail "$program answered nothing"
    cmp "$work/$program.without" "$work/$program.with" || fail "$program answers something else"
    processes=$(find "$work/reports" -name "$program.*" | wc -l)
    grep -qE "^poolalloc: ${command##*/}" "$work/reports/$program".* ||
        fail "$command did not run on PoolAlloc"
    echo "$program: $(wc -l <"$work/$program.with") lines are the same, $processes processes," \
        "$(((${EPOCHREALTIME/./} - start) / 1000)) ms"
done <<'PROGRAMS'
gcc     g++             g++
git     git             git
sqlite  sqlite3         sqlite3
redis   redis-server    redis-server
perl    perl            perl
node    node            nodejs
nginx   nginx           nginx-light
python  /usr/bin/python3 python3
PROGRAMS
[ -z "$missing" ] || skip "these could not be installed:$missing"
