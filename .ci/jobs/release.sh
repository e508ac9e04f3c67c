# The tests as optimised code, with the debug assertions and the walkers they call.
set -euo pipefail
source .ci/lib.sh

export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true
say cargo test --release --lib --tests
