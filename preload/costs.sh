# What the library costs beside mimalloc's own, version 3 and 2: side by side, in rounds in which all
# take turns.
#
#   bash preload/costs.sh [ROUNDS] [ROW…]      rows: pair python redis; all of them, 15 rounds
#
# prints for each row the medians, and the medians of the rounds' ratios with their quartiles; below 1
# PoolAlloc takes less. CPU seconds, unless the row says otherwise: they bear a busy machine better.
# mimalloc is built from the sources in the crate libmimalloc-sys, as its own CMakeLists.txt does.
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/lib.sh
rounds=${1:-15}
[ $# -lt 2 ] && rows=(pair python redis) || rows=("${@:2}")

need cc gcc
say cargo build --quiet --release -p poolalloc-preload
work=$TARGET/costs
mkdir -p "$work"
cp "$TARGET/release/libpoolalloc_preload.so" "$work/pool.so"
cc -O2 preload/tests/programs/pair.c -o "$work/pair"
cargo fetch --quiet --locked
sources=$(cargo metadata --quiet --format-version 1 --features poolalloc/mimalloc |
    grep -o '"manifest_path":"[^"]*/libmimalloc-sys-[^"]*"' | cut -d'"' -f4)
sources=$(dirname "$sources")/c_src/mimalloc
for version in v3 v2; do
    cc -O3 -std=gnu11 -fPIC -shared -fvisibility=hidden -ftls-model=initial-exec -fno-builtin-malloc \
        -DNDEBUG -DMI_BUILD_RELEASE -DMI_MALLOC_OVERRIDE -DMI_SHARED_LIB -DMI_SHARED_LIB_EXPORT \
        -I"$sources/$version/include" "$sources/$version/src/static.c" -pthread -o "$work/$version.so"
done
readonly ALLOCATORS='pool v3 v2 glibc'

# on ALLOCATOR COMMAND…: runs a command with it.
on() {
    local library=$work/$1.so
    [ "$1" = glibc ] && library=
    LD_PRELOAD=$library "${@:2}"
}

# cpu COMMAND…: CPU seconds that it took.
cpu() {
    local TIMEFORMAT='%U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

# note ROW ALLOCATOR VALUE
note() {
    echo "$1 $2 $3" >>"$work/values"
}

# 30 million pairs; 64 bytes are what the budget is about.
pair() {
    for bytes in 16 64 200 1000; do
        for allocator in $ALLOCATORS; do
            note "pair-$bytes" "$allocator" "$(cpu on "$allocator" "$work/pair" 30000000 $bytes)"
        done
    done
}

starts() {
    for _ in {1..25}; do on "$1" /usr/bin/python3 -c "$2"; done
}

python() {
    for allocator in $ALLOCATORS; do
        note python-start "$allocator" "$(cpu starts "$allocator" pass)"
        note python-import "$allocator" "$(cpu starts "$allocator" 'import json, re, asyncio, unittest')"
    done
}

# The server on one core, the client on the other. Seconds for the client are the clock's.
redis() {
    local socket=$work/socket server times
    for allocator in $ALLOCATORS; do
        on "$allocator" taskset -c 0 redis-server --port 0 --unixsocket "$socket" --save '' \
            --appendonly no --dir "$work" >/dev/null &
        server=$!
        until redis-cli -s "$socket" ping >/dev/null 2>&1; do sleep 0.05; done
        local start=${EPOCHREALTIME/./}
        taskset -c 1 redis-benchmark -s "$socket" -q -n 40000 -r 50000 -c 30 -P 8 -d 100 \
            -t set,get,incr,lpush,lpop,sadd,hset,zadd,mset >/dev/null
        note redis-clock "$allocator" "$(awk "BEGIN { print ((${EPOCHREALTIME/./} - $start) / 1e6) }")"
        times=$(redis-cli -s "$socket" info cpu | tr -d '\r' |
            awk -F: '/^used_cpu_(sys|user):/ { sum += $2 } END { print sum }')
        note redis-server "$allocator" "$times"
        note redis-rss-MiB "$allocator" "$(redis-cli -s "$socket" info memory | tr -d '\r' |
            awk -F: '/^used_memory_rss:/ { print $2 / 1048576 }')"
        redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1 || true
        wait "$server" || true
    done
}

: >"$work/values"
for round in $(seq "$rounds"); do
    for row in "${rows[@]}"; do "$row"; done
    echo "round $round of $rounds" >&2
done

awk '
    function quantile(list, count, q,    i, j, swap) {
        for (i = 2; i <= count; i++)
            for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
                swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap
            }
        return list[1 + int((count - 1) * q + 0.5)]
    }
    {
        if (!($1 in seen)) { seen[$1] = 1; order[++rows] = $1 }
        value[$1, $2, ++count[$1, $2]] = $3
    }
    END {
        split("pool v3 v2 glibc", names, " ")
        printf "%-15s %9s %9s %9s %9s   %-22s %-22s\n", "row", "pool", "v3", "v2", "glibc", "pool/v3", "pool/v2"
        for (r = 1; r <= rows; r++) {
            row = order[r]
            printf "%-15s", row
            for (n = 1; n <= 4; n++) {
                total = count[row, names[n]]
                for (i = 1; i <= total; i++) list[i] = value[row, names[n], i]
                printf " %9.3f", quantile(list, total, 0.5)
            }
            printf "  "
            for (n = 2; n <= 3; n++) {
                for (i = 1; i <= total; i++) list[i] = value[row, "pool", i] / value[row, names[n], i]
                printf " %.3f (%.3f to %.3f) ", quantile(list, total, 0.5), quantile(list, total, 0.25), quantile(list, total, 0.75)
            }
            printf "\n"
        }
    }' "$work/values"
