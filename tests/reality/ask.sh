# What the published programs are asked, on real input.
#
#   bash ask.sh PROGRAM EXECUTABLE INPUT SCRATCH
#
# prints answers that depend on nothing but the input. INPUT is a folder with sources of crates, and
# with `metadata.json`, what cargo tells about them.
set -euo pipefail
program=$1 exe=$2 input=$3 scratch=$4
cd "$input"

ask_jaq() {
    "$exe" . metadata.json
    "$exe" -c '.packages | map({name, dependencies: [.dependencies[].name] | sort, features})
        | group_by(.name) | map({(.[0].name): .}) | add' metadata.json
    "$exe" -c '[.. | strings] | group_by(length) | map([(.[0] | length), length, (unique | length)])' \
        metadata.json
    "$exe" -r 'tojson | fromjson | [paths | map(tostring) | join(".")] | sort | .[]' metadata.json
}

ask_ripgrep() {
    "$exe" --threads 4 --line-number --no-heading '\bfn \w+<[^>]*>\(' | sort
    "$exe" --threads 4 --count-matches --ignore-case 'unsafe|static' | sort
    "$exe" --threads 4 --multiline --only-matching --no-line-number '(?s)/\*.{0,400}?\*/' | sort
    "$exe" --sort path --json 'impl<.*> \w+ for' | grep -v -e elapsed -e '"type":"end"'
}

ask_tokei() {
    "$exe" --files --sort code . | sort
    "$exe" --output json . | tr ',{}' '\n\n\n' | sort
}

# A server on a socket, asked by 16 connections at a time.
ask_dufs() {
    local socket=$scratch/socket files=()
    rm -rf "$socket" "$scratch/got"
    mkdir "$scratch/got"
    "$exe" --bind "$socket" --allow-search --allow-archive --allow-hash --log-format '' . >&2 &
    server=$!
    trap 'kill $server' EXIT
    for _ in {1..100}; do
        [ -S "$socket" ] && break
        sleep 0.1
    done
    get() { curl --silent --show-error --fail --unix-socket "$socket" "$@"; }

    mapfile -t files < <(find . -type f -printf '%P\n' | grep -E '^[[:alnum:]/._-]+$' | sort)
    files=("${files[@]:0:1500}")
    for n in "${!files[@]}"; do
        printf 'url = "http://host/%s"\noutput = "%s/got/%05d"\n' "${files[n]}" "$scratch" "$n"
    done >"$scratch/requests"
    get --parallel --parallel-max 16 --no-progress-meter --config "$scratch/requests"
    (cd "$scratch/got" && sha256sum -- *)
    for file in "${files[@]:0:100}"; do
        get "http://host/$file?hash"
        get --range 0-99 "http://host/$file" | sha256sum
    done
    get 'http://host/?q=lib&json' && get 'http://host/?json'
    # The order in the archive depends on threads: length, checksum and name of each entry, sorted.
    get 'http://host/?zip' >"$scratch/zip"
    unzip -v "$scratch/zip" | awk '{ print $1, $7, $8 }' | sort
}

"ask_$program"
