# Instructions of allocator and shim per alloc+free pair, counted by callgrind.
set -euo pipefail
source .ci/lib.sh

need valgrind valgrind
say cargo run --release -p budget --bin check
