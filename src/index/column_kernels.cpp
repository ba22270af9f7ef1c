#include "index/column_kernels.h"

#include <immintrin.h>

#include <vector>

#include "index/kernel_choice.h"

namespace nozama {
namespace {

uint64_t in_range_portable(const double* values, double low, double high) {
  uint64_t word = 0;
  for (size_t i = 0; i < 64; ++i) word |= static_cast<uint64_t>(static_cast<int>(low <= values[i]) & static_cast<int>(values[i] <= high)) << i;
  return word;
}

uint64_t equal_any_portable(const uint32_t* values, std::span<const uint32_t> wanted) {
  uint64_t word = 0;
  for (const uint32_t one : wanted) {
    for (size_t i = 0; i < 64; ++i) word |= static_cast<uint64_t>(values[i] == one) << i;
  }
  return word;
}

__attribute__((target("avx2"))) uint64_t in_range_avx2(const double* values, double low, double high) {
  const __m256d lows = _mm256_set1_pd(low), highs = _mm256_set1_pd(high);
  uint64_t word = 0;
  for (size_t i = 0; i < 64; i += 4) {
    const __m256d v = _mm256_loadu_pd(values + i);
    const __m256d inside = _mm256_and_pd(_mm256_cmp_pd(v, lows, _CMP_GE_OQ), _mm256_cmp_pd(v, highs, _CMP_LE_OQ));
    word |= static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_pd(inside))) << i;
  }
  return word;
}

__attribute__((target("avx2"))) uint64_t equal_any_avx2(const uint32_t* values, std::span<const uint32_t> wanted) {
  uint64_t word = 0;
  for (size_t i = 0; i < 64; i += 8) {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(values + i));
    __m256i found = _mm256_setzero_si256();
    for (const uint32_t one : wanted) found = _mm256_or_si256(found, _mm256_cmpeq_epi32(v, _mm256_set1_epi32(static_cast<int>(one))));
    word |= static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(found)))) << i;
  }
  return word;
}

__attribute__((target("avx512f"))) uint64_t in_range_avx512(const double* values, double low, double high) {
  const __m512d lows = _mm512_set1_pd(low), highs = _mm512_set1_pd(high);
  uint64_t word = 0;
  for (size_t i = 0; i < 64; i += 8) {
    const __m512d v = _mm512_loadu_pd(values + i);
    const __mmask8 inside = _mm512_mask_cmp_pd_mask(_mm512_cmp_pd_mask(v, lows, _CMP_GE_OQ), v, highs, _CMP_LE_OQ);
    word |= static_cast<uint64_t>(inside) << i;
  }
  return word;
}

__attribute__((target("avx512f"))) uint64_t equal_any_avx512(const uint32_t* values, std::span<const uint32_t> wanted) {
  uint64_t word = 0;
  for (size_t i = 0; i < 64; i += 16) {
    const __m512i v = _mm512_loadu_si512(values + i);
    __mmask16 found = 0;
    for (const uint32_t one : wanted) found |= _mm512_cmpeq_epi32_mask(v, _mm512_set1_epi32(static_cast<int>(one)));
    word |= static_cast<uint64_t>(found) << i;
  }
  return word;
}

std::vector<ColumnKernels> make_available() {
  std::vector<ColumnKernels> kernels = {{"portable", in_range_portable, equal_any_portable}};
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) kernels.push_back({"avx2", in_range_avx2, equal_any_avx2});
  if (__builtin_cpu_supports("avx512f")) kernels.push_back({"avx512", in_range_avx512, equal_any_avx512});
  return kernels;
}

}  // namespace

std::span<const ColumnKernels> available_column_kernels() {
  static const std::vector<ColumnKernels> kernels = make_available();
  return kernels;
}

const ColumnKernels& column_kernels() {
  static const ColumnKernels& chosen = chosen_kernels(available_column_kernels());
  return chosen;
}

}  // namespace nozama
