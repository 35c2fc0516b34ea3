#!/usr/bin/env bash
# Builds and runs every test, and closes with one line of what ran. Called by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT

passed=0
failed=0

# Runs a suite, shows its output, and adds what it counted. $1 and $2 are regular expressions for tests run and failed.
run_suite() {
    local ran_pattern=$1 failed_pattern=$2 status=0 ran broken
    shift 2
    "$@" 2>&1 | tee "$log" || status=$?
    ran=$(grep -oP "$ran_pattern" "$log" | tail -n 1 || true)
    broken=$(grep -oP "$failed_pattern" "$log" | tail -n 1 || true)
    [ -n "$ran" ] || ran=0
    [ -n "$broken" ] || broken=0
    if [ "$status" -ne 0 ] && [ "$broken" -eq 0 ]; then broken=1; fi
    # A suite that ran nothing has failed, whatever its exit code.
    if [ "$ran" -eq 0 ] && [ "$broken" -eq 0 ]; then broken=1; fi
    passed=$((passed + ran - (ran < broken ? ran : broken)))
    failed=$((failed + broken))
}

echo "== build"
swift build --build-tests 2>&1 | tee "$log"
if grep -E "^$PWD/.*: warning:" "$log"; then
    echo "the build has warnings" >&2
    failed=$((failed + 1))
fi

export NODEVAULT_BINARY=$PWD/.build/debug/nodevault
export NODEVAULT_TEST_PYTHON=$PWD/.venv/bin/python

echo "== Swift tests"
run_suite 'Test run with \K[0-9]+(?= test)' 'failed after .* with \K[0-9]+(?= issue)' \
    swift test --skip-build --no-parallel

echo "== what must not compile"
run_suite 'DoesNotCompile: \K[0-9]+(?= passed)' 'DoesNotCompile: .* \K[0-9]+(?= failed)' \
    "$NODEVAULT_TEST_PYTHON" Tests/DoesNotCompile/check.py .build/debug

echo "== the example"
swift build --package-path Examples/SigningNode
export NODEVAULT_SIGNING_NODE=$PWD/Examples/SigningNode/.build/debug/signing-node

for suite in Tests/Interoperability Tests/Command Tests/Examples Tests/KMSServer; do
    echo "== $suite"
    run_suite 'Ran \K[0-9]+(?= test)' '(failures|errors)=\K[0-9]+' \
        "$NODEVAULT_TEST_PYTHON" -m unittest discover -s "$suite" -t "$suite"
done

echo "total: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
