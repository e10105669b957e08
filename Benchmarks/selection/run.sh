#!/usr/bin/env bash
# run.sh: the solver beside HiGHS and CP-SAT; writes docs/benchmarks/selection.md. Needs `make build`.
set -euo pipefail
cd "$(dirname "$0")/../.."
Benchmarks/selection/compare.py --program "$(scripts/release.sh --where)/moe2" "$@"
