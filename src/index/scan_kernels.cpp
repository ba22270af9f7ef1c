#include "index/scan_kernels.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/half.h"

namespace nozama {
namespace {

constexpr int kQueryCodeMax = 64;

void block_dots_portable(const uint8_t* block, const QuantisedQuery& query, int32_t* dots) {
  std::fill_n(dots, kBlockRows, 0);
  for (size_t group = 0; group < query.codes.size() / 4; ++group) {
    const int8_t* q = query.codes.data() + 4 * group;
    const uint8_t* codes = block + group * kBlockRows * 4;
    for (size_t row = 0; row < kBlockRows; ++row) {
      for (size_t j = 0; j < 4; ++j) dots[row] += codes[4 * row + j] * q[j];
    }
  }
}

float half_dot_portable(const uint16_t* row, const float* query, size_t d) {
  float sum = 0;
  for (size_t j = 0; j < d; ++j) sum += half_to_float(row[j]) * query[j];
  return sum;
}

double half_dot_exact_portable(const uint16_t* row, const float* query, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; ++j) sum += static_cast<double>(half_to_float(row[j])) * static_cast<double>(query[j]);
  return sum;
}

int32_t four_codes(const QuantisedQuery& query, size_t group) {
  int32_t codes = 0;
  std::memcpy(&codes, query.codes.data() + 4 * group, 4);
  return codes;
}

__attribute__((target("avx2"))) void block_dots_avx2(const uint8_t* block, const QuantisedQuery& query, int32_t* dots) {
  __m256i low = _mm256_setzero_si256(), high = _mm256_setzero_si256();
  const __m256i ones = _mm256_set1_epi16(1);
  for (size_t group = 0; group < query.codes.size() / 4; ++group) {
    const __m256i q = _mm256_set1_epi32(four_codes(query, group));
    const auto* codes = reinterpret_cast<const __m256i*>(block + group * kBlockRows * 4);
    low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_loadu_si256(codes), q), ones));
    high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_loadu_si256(codes + 1), q), ones));
  }
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(dots), low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(dots + 8), high);
}

__attribute__((target("avx2,fma,f16c"))) float half_dot_avx2(const uint16_t* row, const float* query, size_t d) {
  __m256 sum = _mm256_setzero_ps(), sum2 = _mm256_setzero_ps();
  size_t j = 0;
  for (; j + 16 <= d; j += 16) {
    const __m256 a = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + j)));
    const __m256 b = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + j + 8)));
    sum = _mm256_fmadd_ps(a, _mm256_loadu_ps(query + j), sum);
    sum2 = _mm256_fmadd_ps(b, _mm256_loadu_ps(query + j + 8), sum2);
  }
  float lanes[8];
  _mm256_storeu_ps(lanes, _mm256_add_ps(sum, sum2));
  float total = 0;
  for (const float lane : lanes) total += lane;
  for (; j < d; ++j) total += half_to_float(row[j]) * query[j];
  return total;
}

__attribute__((target("avx2,fma,f16c"))) double half_dot_exact_avx2(const uint16_t* row, const float* query, size_t d) {
  __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
  size_t j = 0;
  for (; j + 8 <= d; j += 8) {
    const __m256 a = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + j)));
    const __m256 b = _mm256_loadu_ps(query + j);
    low = _mm256_fmadd_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(a)), _mm256_cvtps_pd(_mm256_castps256_ps128(b)), low);
    high = _mm256_fmadd_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(a, 1)), _mm256_cvtps_pd(_mm256_extractf128_ps(b, 1)), high);
  }
  double lanes[4];
  _mm256_storeu_pd(lanes, _mm256_add_pd(low, high));
  return lanes[0] + lanes[1] + lanes[2] + lanes[3] + half_dot_exact_portable(row + j, query + j, d - j);
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) void block_dots_avx512(const uint8_t* block, const QuantisedQuery& query, int32_t* dots) {
  // Four sums hide the latency of the dot product instruction.
  __m512i sums[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  const size_t groups = query.codes.size() / 4;
  size_t group = 0;
  for (; group + 4 <= groups; group += 4) {
    for (size_t i = 0; i < 4; ++i) {
      const __m512i codes = _mm512_loadu_si512(block + (group + i) * kBlockRows * 4);
      sums[i] = _mm512_dpbusd_epi32(sums[i], codes, _mm512_set1_epi32(four_codes(query, group + i)));
    }
  }
  for (; group < groups; ++group) {
    const __m512i codes = _mm512_loadu_si512(block + group * kBlockRows * 4);
    sums[0] = _mm512_dpbusd_epi32(sums[0], codes, _mm512_set1_epi32(four_codes(query, group)));
  }
  const __m512i total = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
  _mm512_storeu_si512(dots, total);
}

std::vector<ScanKernels> make_available() {
  std::vector<ScanKernels> kernels = {{"portable", block_dots_portable, half_dot_portable, half_dot_exact_portable}};
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (avx2) kernels.push_back({"avx2", block_dots_avx2, half_dot_avx2, half_dot_exact_avx2});
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni")) {
    kernels.push_back({"avx512-vnni", block_dots_avx512, half_dot_avx2, half_dot_exact_avx2});
  }
  return kernels;
}

}  // namespace

QuantisedQuery quantise_query(std::span<const float> query) {
  float largest = 0;
  for (const float value : query) largest = std::max(largest, std::abs(value));
  QuantisedQuery quantised;
  quantised.codes.resize(query.size());
  if (largest == 0) return quantised;
  quantised.scale = largest / kQueryCodeMax;
  for (size_t j = 0; j < query.size(); ++j) {
    quantised.codes[j] = static_cast<int8_t>(std::lround(query[j] / quantised.scale));
    quantised.sum += quantised.codes[j];
  }
  return quantised;
}

std::span<const ScanKernels> available_scan_kernels() {
  static const std::vector<ScanKernels> kernels = make_available();
  return kernels;
}

const ScanKernels& scan_kernels() { return available_scan_kernels().back(); }

}  // namespace nozama
