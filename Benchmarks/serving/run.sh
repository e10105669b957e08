#!/usr/bin/env bash
# run.sh: budgets from loose to tight, agents and gates that are killed under load, and how soon giving up is heard, on a fleet of
# real llama.cpp experts.
# Writes docs/benchmarks/serving.md. MOE2_PROGRAMS names the folder of the programs; the release ones otherwise.
set -euo pipefail
cd "$(dirname "$0")/../.."

Experts/setup.sh .venv
[ -n "${MOE2_PROGRAMS:-}" ] || scripts/release.sh moe2 moe2-agent moe2-gate
programs=${MOE2_PROGRAMS:-$(scripts/release.sh --where)}
python3 -B Benchmarks/serving/serving.py --programs "$programs" --out docs/benchmarks/serving.md "$@"
