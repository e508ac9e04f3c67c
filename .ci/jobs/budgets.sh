# Instructions of allocator and shim per alloc+free pair, and how many more they are in a large heap,
# counted by callgrind.
set -euo pipefail
source .ci/lib.sh

need valgrind valgrind
say cargo run --release -p budget --bin check
say cargo run --release -p budget --bin flat
