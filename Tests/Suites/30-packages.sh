#!/usr/bin/env bash
# The Debian packages and everything that is deployed with them: built, checked by lintian, small enough, runnable on
# Ubuntu 22.04's C library, sound units, playbooks and container files that their linters accept.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

passed=0 failed=0
check() { # name, command…: the command has to succeed
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok      $name"
    else
        failed=$((failed + 1))
        printf 'FAILED  %s\n%s\n' "$name" "$output"
    fi
}

scripts/setup.sh lintian systemd binutils dpkg-dev || exit
scripts/ansible.sh || exit
scripts/deb.sh || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
architecture=$(dpkg --print-architecture)
version=$(sed -nE '1s/^moe2 \((.*)\).*/\1/p' debian/changelog)
packages=(moe2 moe2-agent moe2-gate)

version_agrees() { grep -q "current = \"$version\"" Sources/MoE2Core/Version.swift; }

# lintian's exit status says nothing about warnings.
lintian_clean() { [ -z "$(lintian --allow-root --fail-on none "$1" | tee /dev/stderr)" ]; }

# The newest symbols that Ubuntu 22.04 has: glibc 2.35, and libstdc++ of gcc 12.
symbols_old_enough() {
    local newest
    for limit in GLIBC_2.35 GLIBCXX_3.4.30; do
        newest=$(objdump -T "$1" | grep -oE "\(?${limit%%_*}_[0-9.]+" | tr -d '(' | sort -Vu | tail -n 1)
        [ "$(printf '%s\n' "${newest:-$limit}" "$limit" | sort -V | tail -n 1)" = "$limit" ] ||
            { echo "$1 needs $newest; $limit is the newest that Ubuntu 22.04 has"; return 1; }
    done
}

links_no_swift() { ! ldd "$1" | grep -iE 'swift|foundation|not found'; }

# systemd-analyze exits with 0 on unknown keys and bad values: nothing may be said about the unit.
unit_sound() {
    local said
    said=$(SYSTEMD_UNIT_PATH="$work/units:" systemd-analyze verify --man=no "$work/units/$1" 2>&1 | grep -F "$1")
    [ -z "$said" ] || { echo "$said"; return 1; }
}

unit_tight() { # unit, the highest exposure that is acceptable, as tenths
    local said
    said=$(systemd-analyze security --offline=true --no-pager --threshold="$2" "$work/units/$1" 2>&1) ||
        { echo "$said" | tail -n 1; return 1; }
}

small_enough() { # file, limit in MB
    local size
    size=$(stat -c %s "$1")
    echo "        $(basename "$1"): $((size / 100000 / 10)).$((size / 100000 % 10)) MB" >&3
    [ "$size" -le $(($2 * 1000000)) ]
}

# Unpacked, the programs run and say their version; their configuration files are those that the programs accept.
runs() { "$work/$1/usr/bin/$1" --version | grep -qF "$version" || "$work/$1/usr/bin/$1" version | grep -qF "$version"; }

# The programs' part of Foundation's Unicode data says the same as the whole: Tests/Unicode/probe.swift asks both.
unicode_agrees() {
    local small=(-Xlinker "--wrap=$(cat .build/unicode/symbol)" -Xlinker .build/unicode/small.o)
    swiftc -static-stdlib Tests/Unicode/probe.swift -o "$work/whole" &&
        swiftc -static-stdlib Tests/Unicode/probe.swift -o "$work/small" "${small[@]}" &&
        [ $(($(stat -c %s "$work/whole") - $(stat -c %s "$work/small"))) -gt 20000000 ] &&
        "$work/whole" >"$work/whole.txt" && [ "$(wc -l <"$work/whole.txt")" -ge 40 ] &&
        "$work/small" >"$work/small.txt" && diff "$work/whole.txt" "$work/small.txt"
}

exec 3>&1
check "the changelog has the version of the programs" version_agrees
mkdir "$work/units"
for package in "${packages[@]}"; do
    file=dist/${package}_${version}_$architecture.deb
    check "$package is lintian clean" lintian_clean "$file"
    dpkg-deb -x "$file" "$work/$package"
    check "$package runs" runs "$package"
    check "$package needs nothing newer than Ubuntu 22.04 has" symbols_old_enough "$work/$package/usr/bin/$package"
    check "$package needs no Swift library" links_no_swift "$work/$package/usr/bin/$package"
    # The agent's is a goal; the others', which carry more, are ceilings against accidents.
    limit=18
    [ "$package" != moe2-agent ] || limit=15
    check "$package is small" small_enough "$file" "$limit"
done
for service in agent gate; do
    # The unit as installed, but for the programs' place: they are not installed on this machine.
    sed "s#/usr/bin/moe2-#$work/moe2-$service/usr/bin/moe2-#" debian/moe2-$service.service >"$work/units/moe2-$service.service"
    check "the unit of moe2-$service is sound" unit_sound "moe2-$service.service"
    check "the unit of moe2-$service is tight" unit_tight "moe2-$service.service" 25
done

check "the small Unicode data says what the whole says" unicode_agrees

export PATH=$PWD/.venv-ansible/bin:$PATH
in_ansible() { (cd ansible && "$@"); }
check "ansible-lint accepts the playbooks" in_ansible ansible-lint --offline --profile production --strict
check "yamllint accepts the playbooks" yamllint --strict --config-file ansible/.yamllint ansible compose.yaml
for playbook in site update remove; do
    check "the playbook $playbook reads" in_ansible ansible-playbook --syntax-check -e moe2_leaving=none "$playbook.yaml"
done
check "hadolint accepts the Dockerfile" hadolint Dockerfile

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
