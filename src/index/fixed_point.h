// How the index stores vectors: 16-bit fixed-point numbers in units of 2^-15. Of vectors of length 1 an inner product is off by about 9e-6
// (a step of 2^-15 over the square root of 12), whatever the dimension; by IEEE halves, whose steps grow with the numbers, by about four times that.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace nozama {

using Fixed = int16_t;

inline constexpr float kFixedUnit = 1.0F / 32768;

// To the nearest; the nearest there is beyond -1 and 1. `value` is not NaN.
inline Fixed to_fixed(float value) {
  const float units = std::clamp<float>(value / kFixedUnit, std::numeric_limits<Fixed>::min(), std::numeric_limits<Fixed>::max());
  return static_cast<Fixed>(std::lrint(units));
}

inline float from_fixed(Fixed number) { return static_cast<float>(number) * kFixedUnit; }

}  // namespace nozama
