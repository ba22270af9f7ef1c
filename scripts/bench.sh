#!/usr/bin/env bash
# bench.sh [FILTER]: builds and runs the benchmarks.
source "$(dirname "$0")/lib.sh"
scripts/setup.sh bench
scripts/parts.sh
cmake --preset release -DNOZAMA_BENCH=ON >/dev/null
cmake --build --preset release -j "$(jobs)"
for benchmark in build/release/bench/*_bench; do
  stage "$(basename "$benchmark")"
  "$benchmark" --benchmark_filter="${1:-.}"
done
