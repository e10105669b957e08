#!/usr/bin/env bash
# run.sh [--data FOLDER] [--seeds 100] …: measures the expert selection; writes docs/benchmarks/selection.md (report.py --help has the options).
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/release.sh selection-bench
Benchmarks/selection/report.py --program "$(scripts/release.sh --where)/selection-bench" "$@"
