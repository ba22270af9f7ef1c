// Encoder bundles as one line of JSON.
#pragma once

#include <string>
#include <vector>

#include "model/bundle.h"
#include "model/encoder_bench.h"

namespace nozama {

struct BundleTimings {
  std::string name, version;
  std::vector<PrecisionTiming> timings;  // f32 first
};

// What `timing` is of f32, in pictures a second; 1 when f32 was not measured.
double speed_up(const BundleTimings& bundle, const PrecisionTiming& timing);
int64_t bundle_bytes(const BundleManifest& manifest);

std::string bundle_list_json(const std::vector<BundleManifest>& bundles);
std::string bundle_json(const BundleManifest& bundle);
std::string bundle_timings_json(const std::vector<BundleTimings>& bundles, size_t threads);

}  // namespace nozama
