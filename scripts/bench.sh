#!/usr/bin/env bash
# bench.sh [FILTER]: builds and runs the benchmarks whose names match.
source "$(dirname "$0")/lib.sh"
scripts/build.sh bench
export NOZAMA_MODELS=$PWD/$models
for benchmark in build/bench/bench/*_bench; do
  stage "$(basename "$benchmark")"
  "$benchmark" --benchmark_filter="${1:-.}"
done
stage_end
