// Inner products of float rows, with the widest instructions of this machine.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace nozama {

float dot(const float* a, const float* b, size_t n);

// result[r] = row r of `matrix` (result.size() × n, row-major) · x.
void multiply_rows(const float* matrix, const float* x, size_t n, std::span<float> result);

// 0 when a number is not finite, or the length is 0 or infinite.
float inverse_length(std::span<const float> values);

inline bool all_finite(std::span<const float> values) {
  for (const float value : values) {
    if (!std::isfinite(value)) return false;
  }
  return true;
}

}  // namespace nozama
