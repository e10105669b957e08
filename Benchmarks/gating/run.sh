#!/usr/bin/env bash
# run.sh: the speed of the gate beside scikit-learn; writes docs/benchmarks/gating.md. (Its quality: evaluation.sh.)
set -euo pipefail
cd "$(dirname "$0")/../.."

scripts/release.sh gating-bench
[ -x .venv-gating/bin/python ] || python3 -m venv .venv-gating
.venv-gating/bin/pip install -q scikit-learn==1.9.1
.venv-gating/bin/python Benchmarks/gating/speed.py "$(scripts/release.sh --where)/gating-bench"
