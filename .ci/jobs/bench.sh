# Every bench once, with its checks; the times are not looked at.
set -euo pipefail
source .ci/lib.sh

need cc gcc
say cargo bench --features mimalloc -- --test
say cargo bench -p pools --features mimalloc -- --test
say cargo run --release -p pools --features mimalloc -- --rounds 1
