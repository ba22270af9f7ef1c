#include "model/regions.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/dot.h"

namespace nozama {
namespace {

bool fits(std::span<const float> feature_map, const FeatureMapShape& shape) {
  if (shape.channels < 1 || shape.height < 1 || shape.width < 1) return false;
  return std::cmp_equal(feature_map.size(), int64_t{shape.channels} * shape.height * shape.width);
}

}  // namespace

CropBox seen_part(const EncoderInfo& info, int width, int height) {
  const double side = static_cast<double>(info.input_size) / info.resize_side() * std::min(width, height);
  const double w = side / width, h = side / height;
  return {(1 - w) / 2, (1 - h) / 2, w, h};
}

std::vector<float> saliency_grid(std::span<const float> feature_map, const FeatureMapShape& shape) {
  if (!fits(feature_map, shape)) return {};
  const size_t places = static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width);
  std::vector<float> grid(places, 0.0F);
  for (size_t first = 0; first < feature_map.size(); first += places) {
    for (size_t i = 0; i < places; ++i) grid[i] += feature_map[first + i];
  }
  float sum = 0;
  for (const float value : grid) sum += value;
  const float mean = sum / static_cast<float>(places);
  const float range = *std::ranges::max_element(grid) - mean;
  // A flat map has rounding errors only.
  const bool flat = !all_finite(grid) || !(range > 1e-5F * std::abs(mean));
  for (float& value : grid) value = flat ? 0 : std::max(0.0F, (value - mean) / range);
  return grid;
}

}  // namespace nozama
