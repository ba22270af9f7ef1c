#include "index/code_kernels.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "index/kernel_choice.h"

namespace nozama {
namespace {

constexpr size_t kGroup = 8;       // dimensions that 64 bytes of a block hold for each row
constexpr size_t kTailChunk = 64;  // dimensions that 32 bytes of a tail hold

size_t scan_heads_portable(const HeadScan& scan, uint32_t* rows, float* sums) {
  size_t found = 0;
  const size_t groups = scan.weights.size() / kGroup;
  for (size_t block = 0; block < scan.blocks; ++block) {
    const uint8_t* codes = scan.heads + block * groups * kBlockRows * 4;
    for (size_t row = 0; row < kBlockRows; ++row) {
      int32_t dot = 0;
      for (size_t g = 0; g < groups; ++g) {
        for (size_t j = 0; j < 4; ++j) {
          const uint8_t pair = codes[(g * kBlockRows + row) * 4 + j];
          dot += (pair & 15) * scan.weights[g * kGroup + j] + (pair >> 4) * scan.weights[g * kGroup + 4 + j];
        }
      }
      float sum = scan.base + scan.scale * static_cast<float>(dot);
      if (scan.head_error > 0 || scan.tail_error > 0) {
        sum += scan.head_error * static_cast<float>(scan.errors[block].head[row]);
        sum += scan.tail_error * static_cast<float>(scan.errors[block].tail[row]);
      }
      rows[found] = static_cast<uint32_t>(block * kBlockRows + row);
      sums[found] = sum;
      found += sum >= scan.threshold ? 1 : 0;
    }
  }
  return found;
}

int32_t tail_dot_portable(const uint8_t* tail, std::span<const int8_t> weights) {
  int32_t dot = 0;
  for (size_t first = 0; first < weights.size(); first += kTailChunk) {
    for (size_t i = 0; i < kTailChunk / 2; ++i) {
      const uint8_t pair = tail[first / 2 + i];
      dot += (pair & 15) * weights[first + i] + (pair >> 4) * weights[first + kTailChunk / 2 + i];
    }
  }
  return dot;
}

void add_scaled_portable(float* out, const float* in, float factor, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] += factor * in[i];
}

float dot_portable(const float* a, const float* b, size_t count) {
  float sum = 0;
  for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

size_t count_at_least_portable(const float* values, size_t count, float least) {
  size_t found = 0;
  for (size_t i = 0; i < count; ++i) found += values[i] >= least ? 1 : 0;
  return found;
}

int32_t four_weights(const int8_t* weights) {
  int32_t four = 0;
  std::memcpy(&four, weights, 4);
  return four;
}

#define NOZAMA_AVX2 __attribute__((target("avx2,fma,bmi,bmi2,popcnt")))
#define NOZAMA_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma,bmi,bmi2,popcnt")))

// 8 rows of a block: the sums of products of 16 bits, which four groups cannot overflow (4 × 2 × 2 × 15 × 127 < 2^15), are widened then.
NOZAMA_AVX2 inline __m256i half_block_dots(const uint8_t* codes, const int8_t* weights, size_t groups) {
  const __m256i low_half = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i total = _mm256_setzero_si256();
  for (size_t first = 0; first < groups; first += 4) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t g = first; g < std::min(groups, first + 4); ++g) {
      const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + g * kBlockRows * 4));
      const __m256i low = _mm256_and_si256(pairs, low_half), high = _mm256_and_si256(_mm256_srli_epi16(pairs, 4), low_half);
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(low, _mm256_set1_epi32(four_weights(weights + g * kGroup))));
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(high, _mm256_set1_epi32(four_weights(weights + g * kGroup + 4))));
    }
    total = _mm256_add_epi32(total, _mm256_madd_epi16(sum, ones));
  }
  return total;
}

NOZAMA_AVX2 inline __m256 eight_lengths(const uint8_t* lengths) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(lengths))));
}

NOZAMA_AVX2 size_t scan_heads_avx2(const HeadScan& scan, uint32_t* rows, float* sums) {
  size_t found = 0;
  const size_t groups = scan.weights.size() / kGroup;
  const bool with_errors = scan.head_error > 0 || scan.tail_error > 0;
  for (size_t block = 0; block < scan.blocks; ++block) {
    for (size_t half = 0; half < 2; ++half) {
      const uint8_t* codes = scan.heads + block * groups * kBlockRows * 4 + half * 32;
      const __m256 dots = _mm256_cvtepi32_ps(half_block_dots(codes, scan.weights.data(), groups));
      __m256 sum = _mm256_fmadd_ps(_mm256_set1_ps(scan.scale), dots, _mm256_set1_ps(scan.base));
      if (with_errors) {
        const BlockErrors& errors = scan.errors[block];
        sum = _mm256_fmadd_ps(_mm256_set1_ps(scan.head_error), eight_lengths(errors.head.data() + half * 8), sum);
        sum = _mm256_fmadd_ps(_mm256_set1_ps(scan.tail_error), eight_lengths(errors.tail.data() + half * 8), sum);
      }
      auto mask = static_cast<uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(sum, _mm256_set1_ps(scan.threshold), _CMP_GE_OQ)));
      if (mask == 0) continue;
      float values[8];
      _mm256_storeu_ps(values, sum);
      for (; mask != 0; mask &= mask - 1, ++found) {
        const auto lane = static_cast<uint32_t>(std::countr_zero(mask));
        rows[found] = static_cast<uint32_t>(block * kBlockRows + half * 8) + lane;
        sums[found] = values[lane];
      }
    }
  }
  return found;
}

NOZAMA_AVX2 inline int32_t sum_of_eight(__m256i lanes) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4E));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xB1));
  return _mm_cvtsi128_si32(sum);
}

NOZAMA_AVX2 int32_t tail_dot_avx2(const uint8_t* tail, std::span<const int8_t> weights) {
  const __m256i low_half = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  __m256i total = _mm256_setzero_si256();
  for (size_t first = 0; first < weights.size(); first += kTailChunk) {
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tail + first / 2));
    const auto* these = reinterpret_cast<const __m256i*>(weights.data() + first);
    const __m256i low = _mm256_maddubs_epi16(_mm256_and_si256(pairs, low_half), _mm256_loadu_si256(these));
    const __m256i high = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(pairs, 4), low_half), _mm256_loadu_si256(these + 1));
    total = _mm256_add_epi32(total, _mm256_madd_epi16(_mm256_add_epi16(low, high), ones));
  }
  return sum_of_eight(total);
}

NOZAMA_AVX2 void add_scaled_avx2(float* out, const float* in, float factor, size_t count) {
  const __m256 factors = _mm256_set1_ps(factor);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) _mm256_storeu_ps(out + i, _mm256_fmadd_ps(factors, _mm256_loadu_ps(in + i), _mm256_loadu_ps(out + i)));
  for (; i < count; ++i) out[i] += factor * in[i];
}

NOZAMA_AVX2 float dot_avx2(const float* a, const float* b, size_t count) {
  __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (size_t j = 0; j < 2; ++j) sums[j] = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8 * j), _mm256_loadu_ps(b + i + 8 * j), sums[j]);
  }
  float lanes[8], sum = 0;
  _mm256_storeu_ps(lanes, _mm256_add_ps(sums[0], sums[1]));
  for (const float lane : lanes) sum += lane;
  return sum + dot_portable(a + i, b + i, count - i);
}

NOZAMA_AVX2 size_t count_at_least_avx2(const float* values, size_t count, float least) {
  size_t found = 0, i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 reached = _mm256_cmp_ps(_mm256_loadu_ps(values + i), _mm256_set1_ps(least), _CMP_GE_OQ);
    found += static_cast<size_t>(std::popcount(static_cast<uint32_t>(_mm256_movemask_ps(reached))));
  }
  return found + count_at_least_portable(values + i, count - i, least);
}

NOZAMA_AVX512 inline __m512 sixteen_lengths(const uint8_t* lengths) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(lengths))));
}

// kGroups > 0: so many groups, whose weights the compiler keeps in registers.
template <size_t kGroups>
NOZAMA_AVX512 inline __m512i block_dots(const uint8_t* codes, const int8_t* weights, size_t groups) {
  const __m512i low_half = _mm512_set1_epi8(15);
  // Four sums hide the latency of the dot product.
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  const size_t all = kGroups > 0 ? kGroups : groups;
#pragma GCC unroll 8
  for (size_t g = 0; g < all; ++g) {
    const __m512i pairs = _mm512_loadu_si512(codes + g * kBlockRows * 4);
    const __m512i low = _mm512_and_si512(pairs, low_half), high = _mm512_and_si512(_mm512_srli_epi16(pairs, 4), low_half);
    __m512i* const these = sums + g % 2 * 2;
    these[0] = _mm512_dpbusd_epi32(these[0], low, _mm512_set1_epi32(four_weights(weights + g * kGroup)));
    these[1] = _mm512_dpbusd_epi32(these[1], high, _mm512_set1_epi32(four_weights(weights + g * kGroup + 4)));
  }
  return _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
}

template <size_t kGroups>
NOZAMA_AVX512 size_t scan_groups_avx512(const HeadScan& scan, uint32_t* rows, float* sums) {
  size_t found = 0;
  const size_t groups = scan.weights.size() / kGroup, bytes = groups * kBlockRows * 4;
  const bool with_errors = scan.head_error > 0 || scan.tail_error > 0;
  const __m512 scale = _mm512_set1_ps(scan.scale), base = _mm512_set1_ps(scan.base), threshold = _mm512_set1_ps(scan.threshold);
  const __m512 head_error = _mm512_set1_ps(scan.head_error), tail_error = _mm512_set1_ps(scan.tail_error);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (size_t block = 0; block < scan.blocks; ++block) {
    const __m512 dots = _mm512_cvtepi32_ps(block_dots<kGroups>(scan.heads + block * bytes, scan.weights.data(), groups));
    __m512 sum = _mm512_fmadd_ps(scale, dots, base);
    if (with_errors) {
      sum = _mm512_fmadd_ps(head_error, sixteen_lengths(scan.errors[block].head.data()), sum);
      sum = _mm512_fmadd_ps(tail_error, sixteen_lengths(scan.errors[block].tail.data()), sum);
    }
    const __mmask16 mask = _mm512_cmp_ps_mask(sum, threshold, _CMP_GE_OQ);
    if (mask == 0) continue;
    // Compressed in a register: a compressing store is slow on some processors.
    const __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(block * kBlockRows)));
    const auto count = static_cast<size_t>(std::popcount(static_cast<uint32_t>(mask)));
    const auto filled = static_cast<__mmask16>((1U << count) - 1);
    _mm512_mask_storeu_epi32(rows + found, filled, _mm512_maskz_compress_epi32(mask, numbers));
    _mm512_mask_storeu_ps(sums + found, filled, _mm512_maskz_compress_ps(mask, sum));
    found += count;
  }
  return found;
}

NOZAMA_AVX512 size_t scan_heads_avx512(const HeadScan& scan, uint32_t* rows, float* sums) {
  return scan.weights.size() == 8 * kGroup ? scan_groups_avx512<8>(scan, rows, sums) : scan_groups_avx512<0>(scan, rows, sums);
}

NOZAMA_AVX512 size_t count_at_least_avx512(const float* values, size_t count, float least) {
  size_t found = 0, i = 0;
  for (; i + 16 <= count; i += 16) {
    const __mmask16 reached = _mm512_cmp_ps_mask(_mm512_loadu_ps(values + i), _mm512_set1_ps(least), _CMP_GE_OQ);
    found += static_cast<size_t>(std::popcount(static_cast<uint32_t>(reached)));
  }
  return found + count_at_least_portable(values + i, count - i, least);
}

NOZAMA_AVX512 int32_t tail_dot_avx512(const uint8_t* tail, std::span<const int8_t> weights) {
  const __m256i low_half = _mm256_set1_epi8(15);
  __m256i low_total = _mm256_setzero_si256(), high_total = _mm256_setzero_si256();
  for (size_t first = 0; first < weights.size(); first += kTailChunk) {
    const __m256i pairs = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tail + first / 2));
    const auto* these = reinterpret_cast<const __m256i*>(weights.data() + first);
    low_total = _mm256_dpbusd_epi32(low_total, _mm256_and_si256(pairs, low_half), _mm256_loadu_si256(these));
    high_total = _mm256_dpbusd_epi32(high_total, _mm256_and_si256(_mm256_srli_epi16(pairs, 4), low_half), _mm256_loadu_si256(these + 1));
  }
  return sum_of_eight(_mm256_add_epi32(low_total, high_total));
}

NOZAMA_AVX512 void add_scaled_avx512(float* out, const float* in, float factor, size_t count) {
  const __m512 factors = _mm512_set1_ps(factor);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) _mm512_storeu_ps(out + i, _mm512_fmadd_ps(factors, _mm512_loadu_ps(in + i), _mm512_loadu_ps(out + i)));
  for (; i < count; ++i) out[i] += factor * in[i];
}

std::vector<CodeKernels> make_available() {
  std::vector<CodeKernels> kernels = {{"portable", scan_heads_portable, tail_dot_portable, add_scaled_portable, dot_portable, count_at_least_portable}};
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (avx2) kernels.push_back({"avx2", scan_heads_avx2, tail_dot_avx2, add_scaled_avx2, dot_avx2, count_at_least_avx2});
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512 && __builtin_cpu_supports("avx512vnni"))
    kernels.push_back({"avx512-vnni", scan_heads_avx512, tail_dot_avx512, add_scaled_avx512, dot_avx2, count_at_least_avx512});
  return kernels;
}

}  // namespace

std::span<const CodeKernels> available_code_kernels() {
  static const std::vector<CodeKernels> kernels = make_available();
  return kernels;
}

const CodeKernels& code_kernels() {
  static const CodeKernels& chosen = chosen_kernels(available_code_kernels());
  return chosen;
}

}  // namespace nozama
