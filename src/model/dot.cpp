#include "model/dot.h"

namespace nozama {
namespace {

// Independent sums, so that the compiler may keep them in vector registers without reordering an addition.
constexpr size_t kLanes = 32;

[[gnu::always_inline]] inline float dot_lanes(const float* a, const float* b, size_t n) {
  float sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float total = 0;
  for (; i < n; ++i) total += a[i] * b[i];
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  }
  return total + sums[0];
}

float dot_base(const float* a, const float* b, size_t n) { return dot_lanes(a, b, n); }
[[gnu::target("avx2,fma")]] float dot_avx2(const float* a, const float* b, size_t n) { return dot_lanes(a, b, n); }

using Dot = float (*)(const float*, const float*, size_t);

Dot choose_dot() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? dot_avx2 : dot_base;
}

Dot chosen_dot() {
  static const Dot chosen = choose_dot();
  return chosen;
}

}  // namespace

float dot(const float* a, const float* b, size_t n) { return chosen_dot()(a, b, n); }

void multiply_rows(const float* matrix, const float* x, size_t n, std::span<float> result) {
  const Dot function = chosen_dot();
  for (size_t row = 0; row < result.size(); ++row) result[row] = function(matrix + row * n, x, n);
}

float inverse_length(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  if (!std::isfinite(sum) || sum <= 0) return 0;
  const auto inverse = static_cast<float>(1 / std::sqrt(sum));
  return std::isfinite(inverse) ? inverse : 0;
}

}  // namespace nozama
