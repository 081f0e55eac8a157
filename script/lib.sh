# shellcheck shell=bash
# What the scripts share: saying what is done, installing what is missing, building.
# Sourced, never run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() {
    printf '==> %s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# install_missing PACKAGE...: installs those of Debian's packages that are not there yet. Asks no
# network when all are. As root, or through sudo.
install_missing() {
    local package missing=() become=()
    command -v dpkg-query >/dev/null || die "this is no Debian system: install by hand what README.md lists, then build with cmake --preset release"
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        say "all needed packages are installed"
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "these packages are missing, and neither root nor sudo is at hand: ${missing[*]}"
        become=(sudo)
    fi
    say "installing with apt: ${missing[*]}"
    "${become[@]}" apt-get update -qq
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What building and running needs.
packages_build=(build-essential cmake ninja-build pkg-config libzmq3-dev libczmq-dev libmsgpack-dev libsqlite3-dev
    libvectorscan-dev libutf8proc-dev libsodium-dev check libsubunit-dev sqlite3)

# What the tests need beside it.
packages_test=(python3 python3-zmq python3-msgpack clang clang-format clang-tidy cppcheck libclang-rt-dev mandoc procps)

# build PRESET [TARGET...]
build() {
    local preset=$1
    shift
    say "building ($preset)"
    (cd "$root" && cmake --preset "$preset" >"build-$preset.log" 2>&1) || {
        cat "$root/build-$preset.log" >&2
        die "cmake --preset $preset failed"
    }
    rm -f "$root/build-$preset.log"
    cmake --build "$root/build/$preset" ${1+--target "$@"} -- -v >"$root/build/$preset/build.log" 2>&1 || {
        grep -E 'error|warning|FAILED' -A5 "$root/build/$preset/build.log" | head -n 80 >&2
        die "the build failed; all of its output is in build/$preset/build.log"
    }
}
