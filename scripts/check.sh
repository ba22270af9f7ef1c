#!/usr/bin/env bash
# check.sh [--fast]: what a reviewer would run: format, layers, sizes, features; then lint and all tests unless --fast.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh test
python=$venv/bin/python

stage "format"
mapfile -t sources < <(git ls-files 'src/*.h' 'src/*.cpp' 'fuzz/*.cpp' 'bench/*.cpp')
"$venv/bin/clang-format" --dry-run -Werror "${sources[@]}" || die "some files are not formatted" "$venv/bin/clang-format -i FILE…"
stage "layers"
"$python" scripts/layers.py
stage "sizes"
"$python" scripts/sizes.py
stage "features"
"$python" scripts/features.py --check
stage "sample shop"
"$python" demo/check.py
if [ "${1:-}" != --fast ]; then
  stage "storefront types"
  use_node
  (cd web && npm run --silent check)
  stage "lint"
  scripts/build.sh dev
  git ls-files 'src/*.cpp' ':!src/*_test.cpp' | xargs -P "$(jobs)" -n 4 "$venv/bin/clang-tidy" -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option --warnings-as-errors='*' ||
    die "the lint found faults" "read the lines above; one file: $venv/bin/clang-tidy -p build/dev FILE"
  scripts/test.sh
fi
stage_end
