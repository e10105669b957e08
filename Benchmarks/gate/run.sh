#!/usr/bin/env bash
# run.sh: what the gate adds, beside nginx and LiteLLM. Needs `make build`.
set -euo pipefail
cd "$(dirname "$0")/../.."
Benchmarks/gate/run.py --programs "$(swift build -c release --static-swift-stdlib --show-bin-path)" "$@"
