# shellcheck shell=bash
# What the scripts share: saying what is done, installing what is missing, building.
# Sourced, never run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Each step says how long it is since the start.
say() {
    printf '==> %3d s  %s\n' "$SECONDS" "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# install_missing PACKAGE...: installs those of Debian's packages that are not there yet. Asks no
# network when all are. As root, or through sudo.
install_missing() {
    local package missing=() become=()
    command -v apt-get >/dev/null || die "this is no Debian system; README.md says how to build on others"
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        say "all packages that are needed are installed"
        return
    fi
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "packages are missing, and installing them needs root or sudo. As root:
    apt-get update && apt-get install --no-install-recommends ${missing[*]}
then run this again, as any user."
        become=(sudo)
    fi
    say "installing with apt, which takes minutes the first time: ${missing[*]}"
    mkdir -p "$root/build"
    {
        "${become[@]}" apt-get update -q &&
            "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    } >"$root/build/install.log" 2>&1 || {
        grep -E '^(E|W|Err):?' "$root/build/install.log" | tail -n 3 >&2
        die "apt could not install them (no network?); all that it said is in build/install.log"
    }
}

# What building and running needs.
packages_build=(build-essential cmake ninja-build pkg-config libzmq3-dev libczmq-dev libmsgpack-dev libsqlite3-dev
    libvectorscan-dev libutf8proc-dev libsodium-dev nettle-dev libxml2-dev libarchive-dev libseccomp-dev libsystemd-dev libmicrohttpd-dev libncurses-dev zlib1g-dev libjs-chart.js esbuild poppler-utils libstemmer-dev check libsubunit-dev sqlite3)

# What the tests need beside it.
packages_test=(zsh python3 python3-zmq python3-msgpack iproute2 iptables libfaketime clang clang-format clang-tidy cppcheck libclang-rt-dev mandoc procps
    libxml2-utils libreoffice-writer-nogui prometheus tmux python3-yaml python3-kubernetes file valgrind)

# build PRESET [TARGET...]: into build/PRESET. What compilers and linkers say is shown only if it fails.
build() {
    local preset=$1 log=$root/build/$1/build.log
    shift
    say "building ($preset)"
    mkdir -p "${log%/*}"
    : >"$log"
    # ninja configures again by itself when it must. A second configuration differs from the first in the order of
    # pkg-config's folders, which would build everything anew.
    if [ ! "$root/build/$preset/build.ninja" -nt "$root/CMakePresets.json" ]; then
        (cd "$root" && cmake --preset "$preset") >"$log" 2>&1 || {
            cat "$log" >&2
            die "configuring failed (cmake --preset $preset)"
        }
    fi
    cmake --build "$root/build/$preset" ${1+--target "$@"} >>"$log" 2>&1 || {
        grep -E 'error|warning|FAILED' -A5 "$log" | head -n 80 >&2
        die "building failed; all that was said is in build/$preset/build.log"
    }
}
