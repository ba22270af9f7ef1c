#!/usr/bin/env bash
# fuzz.sh [SECONDS]: builds every fuzz target with sanitizers and runs each for so long (10).
source "$(dirname "$0")/lib.sh"
seconds=${1:-10}
scripts/setup.sh fuzz
stage "compiling the fuzz targets"
log=$(mktemp)
{ cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_targets -j "$(jobs)"; } >"$log" 2>&1 || { grep -E -A8 'error:|FAILED:|fatal' "$log" | head -60 >&2 || tail -20 "$log" >&2; die "the fuzz targets do not build" "read the lines above"; }
rm -f "$log"
for target in build/fuzz/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  corpus=build/fuzz-corpus/$name
  mkdir -p "$corpus" "fuzz/corpus/$name"
  stage "fuzzing $name for $seconds s"
  "$target" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=20 -print_final_stats=0 -verbosity=0 -artifact_prefix=build/fuzz/ "$corpus" "fuzz/corpus/$name" ||
    die "$name found a fault" "the input lies in build/fuzz/; run $target FILE"
done
stage_end
echo "no faults"
