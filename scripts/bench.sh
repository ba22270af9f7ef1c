#!/usr/bin/env bash
# bench.sh [FILTER]: builds and runs the benchmarks whose names match. `bench.sh seed [OPTIONS] [PHOTOS]`: the first system beside ours.
# `bench.sh --setup`: the peers of `nozama bench index`. `bench.sh import [FOLDER] [OPTIONS]`: import beside OpenVINO's benchmark_app, and one query beside one inference.
# `bench.sh storefront [PHOTOS]`: photo chosen → results painted, in a real browser.
# `bench.sh report run|write`: what docs/benchmarks.md shows.
source "$(dirname "$0")/lib.sh"
if [ "${1:-}" = seed ]; then
  exec scripts/bench_seed.sh "${@:2}"
fi
if [ "${1:-}" = --setup ]; then
  exec scripts/bench_setup.sh
fi
if [ "${1:-}" = storefront ]; then
  scripts/setup.sh test
  scripts/build.sh release
  "$release" demo --data "$demo_data" --demo-dir demo --prepare-only
  use_node
  exec node bench/storefront/photo_to_results.ts "${@:2}"
fi
scripts/build.sh bench
if [ "${1:-}" = report ]; then
  exec "$venv/bin/python" bench/index/report.py "${@:2}"
fi
if [ "${1:-}" = import ]; then
  exec bench/import_throughput.py "${@:2}"
fi
export NOZAMA_MODELS=$PWD/$models
for benchmark in build/bench/bench/*_bench; do
  stage "$(basename "$benchmark")"
  "$benchmark" --benchmark_filter="${1:-.}"
done
stage_end
