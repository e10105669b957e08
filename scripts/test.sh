#!/usr/bin/env bash
# test.sh: lint, unit tests, then every suite in Tests/Suites in the order of its number.
# A suite is a program that exits 0 when it passed; it installs what it needs and says "N passed, N failed".
# Environment: SUITES="demo lab" runs only the suites of these names, SUITES=none only the unit tests.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
passed=0
failed=()

stage() { # name, command…: runs it, keeps its output, counts what it says
    local name=$1 start=$SECONDS
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$log/$name"
    local status=${PIPESTATUS[0]}
    local count
    count=$(grep -oE '^([a-z]+: )?[0-9]+ passed, [0-9]+ failed' "$log/$name" | tail -n 1 | grep -oE '[0-9]+ passed' | cut -d' ' -f1)
    passed=$((passed + ${count:-0}))
    if [ "$status" -ne 0 ]; then
        failed+=("$name")
        echo "== $name FAILED with status $status after $((SECONDS - start)) s"
    else
        echo "== $name passed in $((SECONDS - start)) s"
    fi
}

unit_tests() {
    swift build --build-tests 2>&1 | grep -vE '^(\[[0-9]+/[0-9]+\]|warning: .*unhandled|    /.*CMakeLists.txt)'
    [ "${PIPESTATUS[0]}" -eq 0 ] || return 1
    # The pure modules keep every core busy; what talks over sockets and waits runs by itself.
    local busy='MoE2(Selection|Gating|GatingCommand|Data|Calibration|Wire|Trust)Tests'
    : >"$log/swift"
    for choice in "--filter $busy" "--skip $busy"; do
        # shellcheck disable=SC2086
        swift test --skip-build $choice 2>&1 | tee -a "$log/swift" | grep -vE '^(◇|✔|\[)'
        [ "${PIPESTATUS[0]}" -eq 0 ] || return 1
    done
    local tests
    tests=$(grep -oE 'Test run with [0-9]+ tests' "$log/swift" | grep -oE '[0-9]+' | paste -sd+ | bc)
    [ "${tests:-0}" -gt 0 ] || { echo "no unit test ran"; return 1; }
    echo "$tests passed, 0 failed"
}

stage lint scripts/lint.sh
stage unit unit_tests
if [ "${SUITES:-}" != none ]; then
    for suite in Tests/Suites/[0-9]*; do
        [ -x "$suite" ] || continue
        name=$(basename "$suite" | sed -E 's/^[0-9]+-//; s/\.(sh|py)$//')
        [ -z "${SUITES:-}" ] || [[ " $SUITES " == *" $name "* ]] || continue
        stage "$name" "$suite"
    done
fi

[ ${#failed[@]} -eq 0 ] || echo "failed: ${failed[*]}"
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]
