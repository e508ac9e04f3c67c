# The tests as optimised code, with the debug assertions and the walkers they call. Not those that
# look at the source: they are the same in every profile.
set -euo pipefail
source .ci/lib.sh

tests=(--lib)
for file in tests/*.rs tests/*/main.rs; do
    name=${file#tests/}
    name=${name%/main.rs}
    name=${name%.rs}
    case $name in
        house_rules | mutants) ;; # look at the source
        plugin | index_example) ;; # look at programs that are built for them
        layer_mimalloc | allocator_api2) ;; # need a feature: the job `features`
        *) tests+=(--test "$name") ;;
    esac
done
profile=profile.release.package.poolalloc
say cargo --config "$profile.debug-assertions=true" --config "$profile.overflow-checks=true" \
    test --release "${tests[@]}"
