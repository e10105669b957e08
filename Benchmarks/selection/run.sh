#!/usr/bin/env bash
# run.sh [--data FOLDER] [--seeds 100] …: measures the expert selection; writes docs/benchmarks/selection.md (report.py --help has the options).
set -euo pipefail
cd "$(dirname "$0")/../.."
swift build -c release --product selection-bench
Benchmarks/selection/report.py --program "$(swift build -c release --show-bin-path)/selection-bench" "$@"
