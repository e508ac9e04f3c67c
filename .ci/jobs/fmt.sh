# Formatting of every package.
set -euo pipefail
source .ci/lib.sh

for manifest in $(manifests); do
    say cargo fmt --all --check --manifest-path "$manifest"
done
