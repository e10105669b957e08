#!/usr/bin/env bash
# setup.sh [PACKAGE…]: installs what a build needs, and the given Debian packages, unless they are there already.
# Needs apt (Debian 12 or newer, Ubuntu 22.04 or newer) and root or sudo. Swift itself comes from https://swift.org/install.
set -euo pipefail

build_packages=(libnng-dev libprotobuf-c-dev libsqlite3-dev zlib1g-dev pkg-config make python3 python3-venv)

fail() { echo "setup: $*" >&2; exit 1; }

command -v swift >/dev/null || fail "no 'swift' on the PATH; install Swift 6.2 or newer from https://swift.org/install"

missing=()
for package in "${build_packages[@]}" "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || fail "these packages are missing and there is no apt-get to install them: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "run as root, or install these packages first: ${missing[*]}"
    as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
    if "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
        exit 0
    fi
    echo "setup: attempt $attempt failed, trying again" >&2
    sleep $((attempt * 3))
done
fail "could not install ${missing[*]}; see the messages above"
