# The example that the README tells a newcomer to run, where a call of the C compiler fails.
set -euo pipefail
source .ci/lib.sh

export CC=/bin/false

say cargo run --release --example index -- src tests
