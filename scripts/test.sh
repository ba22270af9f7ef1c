#!/usr/bin/env bash
# test.sh: every test: C++, the API against the real program, the storefront in a real browser, the package in an empty root.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh test
scripts/build.sh dev
scripts/build.sh release
stage "sample shop"
"$release" demo --data "$demo_data" --demo-dir demo --prepare-only

passed=0 failed=0 skipped=0
broken=()
logs=build/test-logs
rm -rf build/test-files
mkdir -p "$logs" build/test-files
# Two clones may test at a time.
export TEST_TMPDIR=$PWD/build/test-files

stage "PostgreSQL server"
# Beside the system's temporary files: the server's own user has to reach it.
database_folder=$(mktemp -d /tmp/nozama-postgres-XXXXXX)
bucket_folder=$(mktemp -d /tmp/nozama-s3-XXXXXX)
trap 'scripts/postgres_for_tests.sh stop "$database_folder"; scripts/s3_for_tests.sh stop "$bucket_folder"' EXIT
NOZAMA_TEST_DATABASE=$(scripts/postgres_for_tests.sh start "$database_folder")
export NOZAMA_TEST_DATABASE
stage "S3 server"
NOZAMA_TEST_S3=$(scripts/s3_for_tests.sh start "$bucket_folder")
export NOZAMA_TEST_S3
stage "proxies"
PATH=$(scripts/proxies_for_tests.sh)$PATH
export PATH

# count NAME PASSED FAILED SKIPPED: a suite in which nothing ran has failed.
count() {
  [ $(($2 + $3 + $4)) -gt 0 ] || set -- "$1" 0 1 0
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  printf '    %-12s %d passed, %d failed, %d skipped\n' "$1" "$2" "$3" "$4" >&2
  if [ "$3" -gt 0 ]; then
    broken+=("$1")
    tail -60 "$logs/$1.log" >&2
    grep -E '^ *(not ok|FAIL:|ERROR:|FAIL  )' "$logs/$1.log" >&2 || true
  fi
}
# number PATTERN LOG: the first number that the extended pattern's line has, 0 without one.
number() { { grep -E "$1" "$2" || true; } | tail -1 | grep -oE '[0-9]+' | head -1 || echo 0; }
or_zero() { echo "${1:-0}"; }

stage "C++ tests"
log=$logs/cpp.log
ctest --preset dev -j "$(jobs)" >"$log" 2>&1 || true
total=$(or_zero "$({ grep -E 'tests failed out of' "$log" || true; } | grep -oE 'out of [0-9]+' | grep -oE '[0-9]+')")
bad=$(or_zero "$({ grep -E 'tests failed out of' "$log" || true; } | grep -oE '[0-9]+ tests failed' | grep -oE '[0-9]+')")
skip=$({ grep -c '\*\*\*Skipped' "$log" || true; })
[ "$total" -gt 0 ] || bad=1
count cpp $((total > bad + skip ? total - bad - skip : 0)) "$bad" "$skip"

# python_tests NAME FOLDER
python_tests() {
  local log=$logs/$1.log code=0 total bad skip
  NOZAMA_BIN=$PWD/$release NOZAMA_DATA=$PWD/$demo_data "$PWD/$venv/bin/python" -m unittest discover -s "$2" -t "$2" -v >"$log" 2>&1 || code=$?
  total=$(or_zero "$(number '^Ran [0-9]+ test' "$log")")
  bad=$({ grep -cE '^(ERROR|FAIL): ' "$log" || true; })
  skip=$({ grep -cE '\.\.\. skipped' "$log" || true; })
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  count "$1" $((total > bad + skip ? total - bad - skip : 0)) "$bad" "$skip"
}
stage "tooling"
python_tests tooling tests/tooling
stage "command line, with the real program"
python_tests cli tests/cli
stage "API, against the real program"
python_tests api tests/api
scripts/clients.sh
stage "clients, against the real program"
python_tests clients tests/clients
stage "package, in an empty root"
python_tests package tests/package

# node_tests NAME COMMAND…: a runner that ends with "pass N", "fail N", "skipped N"
use_node
stage "storefront units"
log=$logs/vitest.log code=0
(cd web && npm test --silent -- --reporter=json --outputFile="../$logs/vitest.json") >"$log" 2>&1 || code=$?
read -r good bad skip < <("$venv/bin/python" -c 'import json,sys; r=json.load(open(sys.argv[1])); print(r["numPassedTests"], r["numFailedTests"], r["numPendingTests"])' "$logs/vitest.json" 2>/dev/null || echo "0 1 0")
[ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
count vitest "$good" "$bad" "$skip"

stage "storefront, in a real browser"
log=$logs/storefront.log code=0
(cd web && NOZAMA_BIN=$PWD/../$release NOZAMA_DATA=$PWD/../$demo_data node --test --test-reporter=tap ../tests/storefront/*.test.ts) >"$log" 2>&1 || code=$?
good=$(or_zero "$(number '^# pass ' "$log")") bad=$(or_zero "$(number '^# fail ' "$log")") skip=$(or_zero "$(number '^# skipped ' "$log")")
[ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
count storefront "$good" "$bad" "$skip"

stage_end
[ ${#broken[@]} -eq 0 ] || printf 'failed: %s; the logs are in %s\n' "${broken[*]}" "$logs" >&2
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
