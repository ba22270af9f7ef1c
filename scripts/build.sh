#!/usr/bin/env bash
# build.sh [PRESET]: sets up, makes model bundles and storefront, and builds (release, bench, dev, asan or tsan).
source "$(dirname "$0")/lib.sh"
preset=${1:-release}

groups=()
case $preset in
  release) ;;
  bench) groups+=(bench) ;;
  dev | asan | tsan) groups+=(test) ;;
  *) die "there is no preset '$preset'" "./dev build release|bench|dev|asan|tsan" ;;
esac
scripts/setup.sh "${groups[@]}"
scripts/parts.sh

stage "compiling ($preset)"
log=$(mktemp)
cmake --preset "$preset" >"$log" 2>&1 || { tail -30 "$log" >&2; die "cmake could not configure the build" "read the lines above"; }
cmake --build --preset "$preset" -j "$(jobs)" >"$log" 2>&1 || { grep -E -A12 'error:|FAILED:|fatal' "$log" | head -80 >&2 || tail -20 "$log" >&2; die "the build failed" "read the lines above"; }
rm -f "$log"
stage_end
