# Documentation: no broken link, no warning.
set -euo pipefail
source .ci/lib.sh

export RUSTDOCFLAGS=-Dwarnings
say cargo doc --no-deps --features allocator-api2
say cargo doc --no-deps --features allocator-api2 --document-private-items
