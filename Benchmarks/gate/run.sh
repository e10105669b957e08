#!/usr/bin/env bash
# run.sh: what the gate adds, beside nginx and LiteLLM.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/release.sh moe2 moe2-agent moe2-gate gate-bench hummingbird-bench
Benchmarks/gate/run.py --programs "$(scripts/release.sh --where)" "$@"
