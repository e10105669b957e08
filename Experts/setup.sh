#!/usr/bin/env bash
# setup.sh VENV: a llama.cpp server for the demo experts, in the Python environment VENV. Does nothing when it is there
# already. MOE2_LLAMA_SERVER=1 takes the llama-server on the PATH instead, when there is one.
set -euo pipefail

server=xllamacpp==2026.10.11549
fail() { echo "experts: $*" >&2; exit 1; }

venv=${1:?which environment? setup.sh VENV}
if [ "${MOE2_LLAMA_SERVER:-}" = 1 ] && command -v llama-server >/dev/null; then exit 0; fi

stamp=$venv/.experts
[ "$(cat "$stamp" 2>/dev/null)" = "$server" ] && "$venv/bin/python3" -c 'import xllamacpp' 2>/dev/null && exit 0

# Debian has venv and pip in packages of their own.
python3 -c 'import venv, ensurepip' 2>/dev/null || "$(dirname "$0")/../scripts/setup.sh" python3 python3-venv

"$venv/bin/python3" -c 'import pip' 2>/dev/null || {
    rm -rf "$venv"
    python3 -m venv "$venv"
}
echo "experts: installing $server into $venv"
for attempt in 1 2 3; do
    if "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$server"; then
        "$venv/bin/python3" -c 'import xllamacpp' || fail "$server is installed, but does not load on this machine"
        echo "$server" >"$stamp"
        exit 0
    fi
    echo "experts: attempt $attempt failed, trying again" >&2
    sleep $((attempt * 3))
done
fail "could not install $server with pip; see the messages above. A llama-server on the PATH serves as well: MOE2_LLAMA_SERVER=1"
