#!/usr/bin/env bash
# run.sh: what the gate adds, beside nginx and LiteLLM. Needs `make build`.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/release.sh gate-bench
Benchmarks/gate/run.py --programs "$(scripts/release.sh --where)" "$@"
