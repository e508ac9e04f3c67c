# Formatting of every package: --all follows paths, too, so that it is for the first.
set -euo pipefail
source .ci/lib.sh

for manifest in $(manifests); do
    all=()
    [ "$manifest" = Cargo.toml ] && all=(--all)
    say cargo fmt "${all[@]}" --check --manifest-path "$manifest"
done
