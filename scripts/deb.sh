#!/usr/bin/env bash
# deb.sh: builds the release programs into dist/programs and the Debian packages into dist/, for this machine's architecture.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh chrpath debhelper dpkg-dev
packaged=(moe2 moe2-gate moe2-agent)
scripts/release.sh "${packaged[@]}"
built=$(scripts/release.sh --where)

# Packing takes a minute: not when nothing changed.
stamp=$( (sha256sum "${packaged[@]/#/$built/}" | cut -d' ' -f1 && git ls-files -z debian | xargs -0 sha256sum) | sha256sum)
version=$(sed -nE '1s/^moe2 \((.*)\).*/\1/p' debian/changelog)
architecture=$(dpkg --print-architecture)
if [ "$(cat dist/.stamp 2>/dev/null)" = "$stamp" ]; then
    echo "deb: the packages in dist/ are up to date"
else
    rm -rf dist
    mkdir -p dist/programs
    for program in "${packaged[@]}"; do
        strip --strip-all -o "dist/programs/$program" "$built/$program"
        chrpath --delete "dist/programs/$program"
    done
    chmod 755 dist/programs/*
    DEB_RULES_REQUIRES_ROOT=no MOE2_PROGRAMS=$PWD/dist/programs debian/rules binary >dist/log 2>&1 ||
        { tail -n 20 dist/log >&2; exit 1; }
    DEB_RULES_REQUIRES_ROOT=no debian/rules clean >/dev/null
    rm dist/log
    echo "$stamp" >dist/.stamp
fi
ls -l dist/*_"${version}_$architecture".deb
