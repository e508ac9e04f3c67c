# The models, with the functions that ship.
set -euo pipefail
source .ci/lib.sh

export RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=$TARGET/loom
export LOOM_MAX_PREEMPTIONS=${LOOM_MAX_PREEMPTIONS:-3} LOOM_MAX_BRANCHES=${LOOM_MAX_BRANCHES:-5000}
log=$TARGET/loom/log
mkdir -p "$TARGET/loom"

say cargo --config .ci/models.toml test --release --lib | tee "$log"
expect_tests "$log"
