#include "model/input_scale.h"

#include <algorithm>
#include <cmath>

#include "model/dot.h"

namespace nozama {

std::vector<float> scaled(std::span<const float> embedding, InputScale scale) {
  std::vector<float> result(embedding.begin(), embedding.end());
  if (!all_finite(embedding)) {
    std::ranges::fill(result, 0.0F);
    return result;
  }
  if (scale == InputScale::kRoots) std::ranges::transform(result, result.begin(), [](float value) { return std::copysign(std::sqrt(std::abs(value)), value); });
  if (scale == InputScale::kNone) return result;
  const float factor = inverse_length(result);
  for (float& value : result) value *= factor;
  return result;
}

InputScale suited_scale(std::span<const float> rows) {
  return std::ranges::any_of(rows, [](float value) { return value < 0; }) ? InputScale::kLength : InputScale::kRoots;
}

}  // namespace nozama
