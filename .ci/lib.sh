# What the jobs share. Sourced with the repository's root as working directory.

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
# Less room and less time: nothing is built again after an edit, and no debugger is used.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=line-tables-only
readonly TARGET=${CARGO_TARGET_DIR:-$PWD/target}
# The status by which a job says that it could not run.
readonly SKIP_STATUS=77

# What can be pooled beside std's containers, and in what other ways.
readonly POOL_FEATURES=derive,serde,hashbrown,indexmap,bytes,smallvec

# say COMMAND…: prints the command, then runs it.
say() {
    echo "+ $*"
    "$@"
}

# fail MESSAGE: ends the job.
fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# skip MESSAGE: ends the job without a verdict; under CI_STRICT=1 that is a failure.
skip() {
    echo "SKIPPED: $*"
    [ "${CI_STRICT-}" = 1 ] && exit 1
    exit $SKIP_STATUS
}

# install_package PACKAGE: tries to install a Debian package. One at a time: apt would refuse a second.
install_package() {
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo -n)
    command -v apt-get >/dev/null || return
    {
        flock 9
        "${root[@]}" apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive "${root[@]}" \
                apt-get install -y -qq --no-install-recommends "$1" >/dev/null
    } 9<.ci/lib.sh
}

# need COMMAND PACKAGE: the command is there, installed from the Debian package if it was missing.
need() {
    command -v "$1" >/dev/null && return
    install_package "$2" || true
    command -v "$1" >/dev/null || skip "$1 is missing and could not be installed (package $2)"
}

# need_nightly: a nightly toolchain is there.
need_nightly() {
    cargo +nightly --version >/dev/null 2>&1 || skip "no nightly toolchain"
}

# host: the target triple of this machine.
host() {
    rustc -vV | sed -n 's/^host: //p'
}

# manifests: the Cargo.toml of the repository, and of each package in it that is a workspace of its
# own because it wants flags or profiles of its own.
manifests() {
    echo Cargo.toml
    git ls-files -- '*/Cargo.toml' | while read -r manifest; do
        grep -q '^\[workspace\]' "$manifest" && echo "$manifest"
    done
}

# expect_tests LOG: the log of a test run tells of at least one test that ran.
expect_tests() {
    grep -qE '^test result: ok\. [1-9]' "$1" || fail "no test ran"
}
