# Mutants of the lock-free words against the models.
set -euo pipefail
source .ci/lib.sh

need git git
export LOOM_MAX_PREEMPTIONS=${LOOM_MAX_PREEMPTIONS:-2} LOOM_MAX_BRANCHES=${LOOM_MAX_BRANCHES:-5000}

say cargo test --test mutants -- --include-ignored --nocapture
