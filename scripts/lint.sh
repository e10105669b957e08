#!/usr/bin/env bash
# lint.sh: the Swift format, the shell scripts, and whether the generated code is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh protobuf-c-compiler shellcheck bc
swift format lint --strict --recursive Package.swift Sources Tests
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
scripts/protos.sh --check
echo "lint: clean"
