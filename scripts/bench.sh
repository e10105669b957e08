#!/usr/bin/env bash
# bench.sh: runs every benchmark in Benchmarks/, one after the other. ONLY="selection gate" runs only these.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=()
for run in Benchmarks/*/run.sh; do
    name=$(basename "$(dirname "$run")")
    [ -z "${ONLY:-}" ] || [[ " $ONLY " == *" $name "* ]] || continue
    echo "== $name"
    "$run" || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
