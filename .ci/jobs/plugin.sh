# A host in C, which brings no copy of the standard library, loads and unloads plug-ins.
set -euo pipefail
source .ci/lib.sh

need cc gcc
export CARGO_TARGET_DIR=$TARGET/plugin
for profile in dev release; do
    say cargo build --manifest-path tests/plugin/cdylib/Cargo.toml --profile "$profile"
    out=$CARGO_TARGET_DIR/${profile/dev/debug}
    say cc -std=gnu11 -Wall -Wextra -Werror -O1 -pthread tests/plugin/host.c -ldl -o "$out/host"
    # The loader takes a copy for a library of its own.
    cp "$out/libplugin.so" "$out/libplugin2.so"
    for plugins in "$out/libplugin.so" "$out/libplugin.so $out/libplugin2.so"; do
        # Word splitting is meant: one or two paths.
        # shellcheck disable=SC2086
        said=$(say "$out/host" $plugins)
        grep -q 'plug-ins loaded and unloaded' <<<"$said" || fail "the host said: $said"
        echo "$said"
    done
done
