# What real programs are asked, with PoolAlloc as their malloc or without.
#
#   bash ask.sh PROGRAM SCRATCH
#
# prints answers that do not depend on the allocator: whoever starts this twice compares them. SCRATCH
# is a folder for its files, which it empties first. What is on stderr is for people to read.
set -euo pipefail
program=$1 scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
export HOME=$scratch LC_ALL=C.UTF-8 TZ=UTC

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || { echo "never came: $*" >&2; return 1; }
        sleep 0.1
    done
}

# CPython's own regression tests; a verdict each. Some of them are about time, and fail on a busy machine
# with any allocator: what fails is run once more (-w).
ask_python() {
    verdict() {
        mkdir -p "$scratch/$1"
        # A shell without job control lets what it starts in the background ignore SIGINT, which
        # some of the tests send.
        local run="env --default-signal=INT /usr/bin/python3 -m test -w $1"
        if (cd "$scratch/$1" && $run >log 2>&1); then
            echo "$1 passed" >"$scratch/$1.verdict"
        else
            echo "$1 failed" >"$scratch/$1.verdict"
            tail -n 60 "$scratch/$1/log" >&2
        fi
    }
    verdict test_multiprocessing_spawn &
    for name in test_dict test_list test_gc test_json test_threading test_subprocess; do
        verdict "$name"
    done
    wait
    cat "$scratch"/*.verdict
    ! grep -q failed "$scratch"/*.verdict
}

# The compilers, which exhaust memory in ways of their own, and what they made.
ask_gcc() {
    cat >words.cpp <<'CPP'
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

static std::map<std::string, int> count(int seed) {
    std::map<std::string, int> words;
    for (int i = 0; i < 40000; i++) {
        seed = seed * 1103515245 + 12345;
        std::ostringstream word;
        word << "word " << ((seed >> 8) & 0xfff);
        try {
            if (++words[word.str()] % 5 == 0) throw std::runtime_error(word.str());
        } catch (const std::exception &error) {
            words["caught " + std::string(error.what()).substr(5, 2)]++;
        }
    }
    return words;
}

int main() {
    std::vector<std::thread> threads;
    std::vector<std::map<std::string, int>> counts(8);
    for (int i = 0; i < 8; i++) threads.emplace_back([&counts, i] { counts[i] = count(i); });
    for (auto &thread : threads) thread.join();
    for (auto &words : counts)
        for (auto &[word, times] : words) std::cout << word << ' ' << times << '\n';
    try {
        std::vector<std::unique_ptr<char[]>> held;
        volatile size_t size = size_t(1) << 46;
        for (int i = 0; i < 100; i++) held.emplace_back(new char[size]);
        std::cout << "so much memory\n";
    } catch (const std::bad_alloc &error) {
        std::cout << error.what() << " was caught\n";
    }
    std::string text(2000, 'a');
    std::cout << std::regex_replace(text, std::regex("a{2}"), "b") << '\n';
}
CPP
    for level in 0 2; do
        g++ -std=c++17 -O$level -pthread words.cpp -o words
        ./words
        sha256sum <words
    done
    printf '#include <stdio.h>\nint main(void) { puts("C"); }\n' >c.c
    gcc -O2 -flto c.c -o c
    ./c
    echo 'int main() { return nothing; }' | g++ -x c++ - -o none 2>&1 | grep -v '^none' || true
}

ask_git() {
    git config --global user.name someone
    git config --global user.email someone@example.org
    git config --global init.defaultBranch main
    git config --global gc.autoDetach false
    export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
    git init -q origin
    (
        cd origin
        for commit in {1..60}; do
            for file in {1..40}; do
                if (((commit + file) % 7 == 0 || commit == 1)); then
                    seq $((commit * file)) $((commit * file + 400)) >"file$file"
                fi
            done
            git add .
            git commit -q -m "commit $commit" --allow-empty
        done
    )
    git clone -q --no-local origin copy
    git -C copy gc -q --aggressive --prune=now
    git -C copy repack -q -a -d -f --window=50 --threads=2
    git -C copy fsck --full --strict 2>/dev/null
    git -C copy log --stat --format='%H %s' | sha256sum
    git -C copy log -p --all -M | sha256sum
    git -C copy blame file7 | sha256sum
    git -C copy grep -c 12 HEAD~5 | sha256sum
    git -C copy archive --format=tar HEAD | sha256sum
    git -C copy count-objects -v | grep -E '^(count|in-pack|packs|garbage)'
    git -C copy rev-parse HEAD
}

ask_sqlite() {
    sqlite3 data <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE rows(id INTEGER PRIMARY KEY, number INTEGER, word TEXT);
WITH RECURSIVE counter(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 1000000)
INSERT INTO rows SELECT n, (n * 2654435761) % 1000003, printf('word %d', (n * 40503) % 65521) FROM counter;
CREATE INDEX by_word ON rows(word, number);
CREATE INDEX by_number ON rows(number);
PRAGMA integrity_check;
SELECT count(*), sum(number), min(word), max(word) FROM rows;
SELECT word, count(*), group_concat(number) FROM rows WHERE number < 900 GROUP BY word ORDER BY word;
DELETE FROM rows WHERE number % 3 = 0;
UPDATE rows SET word = upper(word) || word WHERE number % 5 = 0;
PRAGMA integrity_check;
SELECT count(*), sum(length(word)) FROM rows;
VACUUM;
PRAGMA integrity_check;
SELECT json_group_array(word) FROM (SELECT word FROM rows ORDER BY word, id LIMIT 1000);
SQL
}

# Saved by forked children while clients write; then loaded anew. The data must be the same.
ask_redis() {
    redis() { redis-cli -s "$scratch/socket" "$@"; }
    serve() {
        redis-server --port 0 --unixsocket "$scratch/socket" --dir "$scratch" --save '' \
            --appendonly no --daemonize no >>"$scratch/log" 2>&1 &
        server=$!
        wait_for 20 redis ping
    }
    stop() {
        redis shutdown "$1" || true
        wait "$server"
        server=
    }
    trap '[ -z "${server-}" ] || kill "$server"' EXIT
    bench() { redis-benchmark -s "$scratch/socket" -q --seed 1 "$@" >&2; }
    # redis-benchmark before 7.2 has no --seed.
    redis-benchmark --help 2>&1 | grep -q -- --seed ||
        bench() { redis-benchmark -s "$scratch/socket" -q "$@" >&2; }
    serve
    # Written by one client, the same each time.
    for key in {1..20000}; do
        printf 'SET key:%d %0*d\nRPUSH list:%d %d\nHSET hash:%d f%d v%d\nZADD set %d m%d\nSADD s:%d %d\n' \
            "$key" $((key % 300)) "$key" $((key % 100)) "$key" $((key % 500)) "$key" "$key" "$key" \
            "$key" $((key % 50)) "$key"
    done | redis >/dev/null
    redis eval 'local t = {} for i = 1, 20000 do t[i] = string.rep(i, 3) end return #table.concat(t)' 0
    for _ in {1..5}; do
        redis bgsave >&2
        # Of other keys than those that are compared.
        bench -t set,get,incr,lpush,rpop,sadd,hset,zadd,mset -n 20000 -r 10000 -c 20 -d 200
        wait_for 60 eval 'redis info persistence | grep -q "rdb_bgsave_in_progress:0"'
        redis info persistence | tr -d '\r' | grep rdb_last_bgsave_status
    done
    redis flushdb async
    for key in {1..5000}; do
        printf 'SET key:%d %0*d\nRPUSH list:%d %d\nZADD set %d m%d\n' \
            "$key" $((key % 300)) "$key" $((key % 100)) "$key" "$key" "$key"
    done | redis >/dev/null
    redis bgrewriteaof >&2
    redis debug sleep 0 >/dev/null 2>&1 || true
    before=$(contents)
    stop save
    serve
    [ "$before" = "$(contents)" ] && echo the same after a reload
    sha256sum <<<"$before"
    redis memory doctor >/dev/null
    redis dbsize
    stop nosave
}
contents() {
    redis --no-raw scan 0 count 100000 | grep -o '".*"' | sort | sha256sum
    redis mget key:{1..5000} | sha256sum
    redis zrange set 0 -1 withscores | sha256sum
    for list in {0..99}; do redis lrange "list:$list" 0 -1; done | sha256sum
}

ask_perl() {
    perl -e '
        use strict; use warnings; use threads;
        use Digest::SHA qw(sha256_hex);
        my (%words, @all);
        for my $n (1 .. 300000) {
            my $word = "w" . ($n * 40503 % 65521);
            push @{$words{$word}{list}}, $n;
            $words{$word}{text} .= "$n," ;
            delete $words{"w" . ($n % 5000)} if $n % 3 == 0;
        }
        my $all = join ";", map { "$_=$words{$_}{text}" } sort keys %words;
        print sha256_hex($all), "\n";
        (my $copy = $all) =~ s/(\d+),(\d+)/$2-$1/g;
        print sha256_hex($copy), "\n";
        print scalar(() = $all =~ /w\d+=(?:\d+,){3,}/g), "\n";
        my @threads = map { my $k = $_; threads->create(sub {
            my %h; $h{$_ * $k} = "x" x ($_ % 100) for 1 .. 20000;
            return sha256_hex(join ",", map { "$_$h{$_}" } sort keys %h);
        }) } 1 .. 4;
        print $_->join, "\n" for @threads;
        for my $child (1 .. 20) {
            my $pid = open(my $pipe, "-|") // die;
            if (!$pid) { print sha256_hex(join ",", sort map { $_ * $child } 1 .. 1000); exit }
            print scalar(<$pipe>), "\n"; close $pipe;
        }
    '
}

ask_node() {
    cat >workers.js <<'JS'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto'), zlib = require('zlib');
const hash = (data) => crypto.createHash('sha256').update(data).digest('hex');
if (isMainThread) {
    const answers = [];
    let left = 8;
    for (let n = 0; n < 8; n++) {
        const worker = new Worker(__filename, { workerData: n });
        worker.on('message', (answer) => (answers[n] = answer));
        worker.on('error', (error) => { throw error; });
        worker.on('exit', (code) => {
            answers[n] += ' ' + code;
            if (--left === 0) console.log(answers.join('\n'));
        });
    }
    // One that is ended in the middle of its work, or before it has begun: the code says which.
    const endless = new Worker('for (let a = [];;) a = [Buffer.alloc(1000), a.length]', { eval: true });
    setTimeout(() => endless.terminate().then(() => console.log('ended')), 300);
    for (let round = 0; round < 40; round++) {
        const data = Buffer.alloc(200000, 'round ' + round);
        zlib.gzip(data, (error, packed) =>
            zlib.gunzip(packed, (error, same) => { if (!same.equals(data)) throw error; }));
    }
} else {
    const words = new Map();
    for (let i = 0; i < 100000; i++) {
        const word = 'w' + ((i * 40503 * (workerData + 1)) % 65521);
        words.set(word, (words.get(word) || '') + i);
    }
    const text = JSON.stringify([...words].sort());
    const packed = zlib.deflateSync(text);
    parentPort.postMessage(hash(text) + ' ' + hash(zlib.inflateSync(packed)) + ' ' + packed.length);
}
JS
    # Who is done first depends on the moment.
    node workers.js | sort
    node -e 'const cp = require("child_process");
        for (let i = 0; i < 5; i++) console.log(cp.execFileSync("echo", [String(i)]).toString().trim())'
}

# A server of several processes, asked by many connections while its workers are replaced.
ask_nginx() {
    local port=$((20000 + $$ % 20000))
    mkdir -p html logs
    for size in 0 1 1000 65536 3000000; do
        head -c "$size" /dev/zero | tr '\0' x >"html/$size"
    done
    cat >nginx.conf <<CONF
daemon off; worker_processes 4; pid $scratch/pid; error_log $scratch/logs/error warn;
events { worker_connections 256; }
http {
    access_log off; gzip on; gzip_types *; gzip_min_length 100; keepalive_requests 50;
    client_body_temp_path $scratch/body; proxy_temp_path $scratch/proxy; fastcgi_temp_path $scratch/f;
    uwsgi_temp_path $scratch/u; scgi_temp_path $scratch/s;
    server { listen 127.0.0.1:$port; root $scratch/html; location /back/ { proxy_pass http://127.0.0.1:$port/; } }
}
CONF
    [ "$(id -u)" != 0 ] || { sed -i '1s/^/user root; /' nginx.conf; }
    nginx -c "$scratch/nginx.conf" -p "$scratch" -e "$scratch/logs/error" &
    server=$!
    trap '[ -z "${server-}" ] || kill "$server"' EXIT
    get() { curl --silent --show-error --fail --retry 5 "http://127.0.0.1:$port/$1" "${@:2}"; }
    wait_for 10 get 0
    for round in {1..4}; do
        printf "url = http://127.0.0.1:$port/%s\noutput = got-%s\n" \
            $(for n in {1..150}; do
                for file in 0 1 1000 65536 back/1000 back/3000000; do
                    [ "${file##*/}" -gt 70000 ] && ((n % 10)) && continue
                    echo "$file $n-${file//\//-}"
                done
            done) >requests
        curl --silent --show-error --fail --compressed --parallel --parallel-max 40 --retry 5 --config requests &
        asked=$!
        kill -HUP "$server"
        wait $asked
        cat got-* | sha256sum
        rm got-*
    done
    kill -QUIT "$server"
    wait "$server" && echo "ended by itself"
    server=
    grep -E 'alert|emerg|signal' logs/error || true
}

"ask_$program"
