#include "bench/float_kernels.h"

namespace nozama {
namespace {

// Independent sums, so that the compiler may keep them in vector registers without reordering an addition.
constexpr size_t kLanes = 32;

[[gnu::always_inline]] inline void dots_loop(const float* rows, size_t count, size_t d, const float* query, float* scores) {
  for (size_t row = 0; row < count; ++row) {
    const float* values = rows + row * d;
    float sums[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= d; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane] * query[i + lane];
    }
    float total = 0;
    for (; i < d; ++i) total += values[i] * query[i];
    for (size_t width = kLanes / 2; width > 0; width /= 2) {
      for (size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
    }
    scores[row] = total + sums[0];
  }
}

[[gnu::always_inline]] inline void add_loop(float* out, const float* in, float factor, size_t d) {
  for (size_t i = 0; i < d; ++i) out[i] += factor * in[i];
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void dots_wide(const float* rows, size_t count, size_t d, const float* query, float* scores) {
  dots_loop(rows, count, d, query, scores);
}
[[gnu::target("avx2,fma")]] void add_wide(float* out, const float* in, float factor, size_t d) { add_loop(out, in, factor, d); }

bool wide_machine() {
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide;
}
#else
bool wide_machine() { return false; }
constexpr auto dots_wide = dots_loop;
constexpr auto add_wide = add_loop;
#endif

}  // namespace

void dots_of_rows(const float* rows, size_t count, size_t d, const float* query, float* scores) {
  if (wide_machine()) return dots_wide(rows, count, d, query, scores);
  dots_loop(rows, count, d, query, scores);
}

void add_scaled(float* out, const float* in, float factor, size_t d) {
  if (wide_machine()) return add_wide(out, in, factor, d);
  add_loop(out, in, factor, d);
}

}  // namespace nozama
