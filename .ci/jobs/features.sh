# The tests with each feature that changes what the library does.
set -euo pipefail
source .ci/lib.sh

export CC=/bin/false
for feature in allocator-api2 passthrough; do
    say cargo test --features "$feature"
done
