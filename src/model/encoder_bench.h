// How fast this machine runs an encoder in each precision.
#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "model/encoder.h"

namespace nozama {

struct PrecisionTiming {
  Precision precision = Precision::kF32;
  double one_picture_ms = 0;       // kLatency: all threads on one picture, median
  double pictures_per_second = 0;  // kThroughput: all threads busy, the best round
};

struct PrecisionBenchOptions {
  size_t threads = 0;                 // 0 = all processors this process may run on
  double seconds = 1;                 // of encoding for each precision; opening comes on top
  bool latency = true;                // false: one_picture_ms stays 0, which takes half the time
  std::filesystem::path cache_dir;    // as in EncoderOptions
  std::vector<Precision> precisions;  // empty = all that bundle and machine have
  std::stop_token stop;               // kCancelled "cancelled" soon after
};

// Times the bundle on a drawn picture, f32 first. The precisions take turns, so that another program on the machine slows
// all of them and not one. Errors of open_encoder().
Result<std::vector<PrecisionTiming>> bench_precisions(const std::filesystem::path& bundle_dir, const PrecisionBenchOptions& options = {});

// The one to use: the fastest by pictures a second, where bf16 must bring a tenth more than f32, and int8 1.8 times as much as the step
// before it, since it costs a little accuracy. f32 when `timings` is empty.
Precision best_precision(std::span<const PrecisionTiming> timings);

}  // namespace nozama
