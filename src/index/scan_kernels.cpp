#include "index/scan_kernels.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "index/fixed_point.h"
#include "index/kernel_choice.h"

namespace nozama {
namespace {

constexpr double kUnit = kFixedUnit;

double dot_exact_portable(const Fixed* row, const float* query, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; ++j) sum += static_cast<double>(from_fixed(row[j])) * static_cast<double>(query[j]);
  return sum;
}

float dot_portable(const Fixed* row, const float* query, size_t d) {
  float sum = 0;
  for (size_t j = 0; j < d; ++j) sum += from_fixed(row[j]) * query[j];
  return sum;
}

void dots_portable(const Fixed* const* rows, const float* query, size_t d, float* result) {
  for (size_t row = 0; row < kDotsAtOnce; ++row) result[row] = dot_portable(rows[row], query, d);
}

__attribute__((target("avx2"))) inline __m256i eight_numbers(const Fixed* numbers) {
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(numbers)));
}

__attribute__((target("avx512f,avx2"))) inline __m512i sixteen_numbers(const Fixed* numbers) {
  return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(numbers)));
}

// result[i] = the sum of the lanes of sums[i]
__attribute__((target("avx2,fma"))) inline void add_lanes_avx2(const __m256* sums, float* result) {
  const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(sums[0], sums[1]), _mm256_hadd_ps(sums[2], sums[3]));
  _mm_storeu_ps(result, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}

__attribute__((target("avx2,fma"))) float dot_avx2(const Fixed* row, const float* query, size_t d) {
  __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  size_t j = 0;
  for (; j + 16 <= d; j += 16) {
    for (size_t i = 0; i < 2; ++i) {
      const __m256 values = _mm256_cvtepi32_ps(eight_numbers(row + j + 8 * i));
      sums[i] = _mm256_fmadd_ps(values, _mm256_loadu_ps(query + j + 8 * i), sums[i]);
    }
  }
  float lanes[8], sum = 0;
  _mm256_storeu_ps(lanes, _mm256_add_ps(sums[0], sums[1]));
  for (const float lane : lanes) sum += lane;
  return sum * kFixedUnit + dot_portable(row + j, query + j, d - j);
}

__attribute__((target("avx2,fma"))) void dots_avx2(const Fixed* const* rows, const float* query, size_t d, float* result) {
  __m256 sums[kDotsAtOnce] = {};
  size_t j = 0;
  for (; j + 8 <= d; j += 8) {
    const __m256 values = _mm256_loadu_ps(query + j);
    for (size_t row = 0; row < kDotsAtOnce; ++row) {
      sums[row] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(eight_numbers(rows[row] + j)), values, sums[row]);
    }
  }
  add_lanes_avx2(sums, result);
  for (size_t row = 0; row < kDotsAtOnce; ++row) result[row] = result[row] * kFixedUnit + dot_portable(rows[row] + j, query + j, d - j);
}

__attribute__((target("avx2,fma"))) double dot_exact_avx2(const Fixed* row, const float* query, size_t d) {
  __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
  size_t j = 0;
  for (; j + 8 <= d; j += 8) {
    const __m256i a = eight_numbers(row + j);
    const __m256 b = _mm256_loadu_ps(query + j);
    low = _mm256_fmadd_pd(_mm256_cvtepi32_pd(_mm256_castsi256_si128(a)), _mm256_cvtps_pd(_mm256_castps256_ps128(b)), low);
    high = _mm256_fmadd_pd(_mm256_cvtepi32_pd(_mm256_extracti128_si256(a, 1)), _mm256_cvtps_pd(_mm256_extractf128_ps(b, 1)), high);
  }
  double lanes[4];
  _mm256_storeu_pd(lanes, _mm256_add_pd(low, high));
  return (lanes[0] + lanes[1] + lanes[2] + lanes[3]) * kUnit + dot_exact_portable(row + j, query + j, d - j);
}

__attribute__((target("avx512f,avx2"))) double dot_exact_avx512(const Fixed* row, const float* query, size_t d) {
  __m512d low = _mm512_setzero_pd(), high = _mm512_setzero_pd();
  size_t j = 0;
  for (; j + 16 <= d; j += 16) {
    low = _mm512_fmadd_pd(_mm512_cvtepi32_pd(eight_numbers(row + j)), _mm512_cvtps_pd(_mm256_loadu_ps(query + j)), low);
    high = _mm512_fmadd_pd(_mm512_cvtepi32_pd(eight_numbers(row + j + 8)), _mm512_cvtps_pd(_mm256_loadu_ps(query + j + 8)), high);
  }
  double lanes[8], sum = 0;
  _mm512_storeu_pd(lanes, _mm512_add_pd(low, high));
  for (const double lane : lanes) sum += lane;
  return sum * kUnit + dot_exact_portable(row + j, query + j, d - j);
}

__attribute__((target("avx512f,avx2,fma"))) float dot_avx512(const Fixed* row, const float* query, size_t d) {
  __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
  size_t j = 0;
  for (; j + 32 <= d; j += 32) {
    for (size_t i = 0; i < 2; ++i) {
      const __m512 values = _mm512_cvtepi32_ps(sixteen_numbers(row + j + 16 * i));
      sums[i] = _mm512_fmadd_ps(values, _mm512_loadu_ps(query + j + 16 * i), sums[i]);
    }
  }
  float lanes[16], sum = 0;
  _mm512_storeu_ps(lanes, _mm512_add_ps(sums[0], sums[1]));
  for (const float lane : lanes) sum += lane;
  return sum * kFixedUnit + dot_avx2(row + j, query + j, d - j);
}

__attribute__((target("avx512f,avx2,fma"))) void dots_avx512(const Fixed* const* rows, const float* query, size_t d, float* result) {
  __m512 sums[kDotsAtOnce] = {};
  size_t j = 0;
  for (; j + 16 <= d; j += 16) {
    const __m512 values = _mm512_loadu_ps(query + j);
    for (size_t row = 0; row < kDotsAtOnce; ++row) {
      sums[row] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sixteen_numbers(rows[row] + j)), values, sums[row]);
    }
  }
  __m256 halves[kDotsAtOnce];
  for (size_t row = 0; row < kDotsAtOnce; ++row) {
    const __m512 sum = sums[row];
    halves[row] = __builtin_shufflevector(sum, sum, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15);
  }
  add_lanes_avx2(halves, result);
  for (size_t row = 0; row < kDotsAtOnce; ++row) result[row] = result[row] * kFixedUnit + dot_portable(rows[row] + j, query + j, d - j);
}

std::vector<ScanKernels> make_available() {
  std::vector<ScanKernels> kernels = {{"portable", dot_exact_portable, dot_portable, dots_portable}};
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2) kernels.push_back({"avx2", dot_exact_avx2, dot_avx2, dots_avx2});
  if (avx2 && __builtin_cpu_supports("avx512f")) {
    kernels.push_back({"avx512", dot_exact_avx512, dot_avx512, dots_avx512});
  }
  return kernels;
}

}  // namespace

std::span<const ScanKernels> available_scan_kernels() {
  static const std::vector<ScanKernels> kernels = make_available();
  return kernels;
}

const ScanKernels& scan_kernels() {
  static const ScanKernels& chosen = chosen_kernels(available_scan_kernels());
  return chosen;
}

}  // namespace nozama
