#include "image/resample_kernels.h"

#include <immintrin.h>

#include <cstring>

namespace nozama {
namespace {

int32_t pair_of(const int16_t* weights) {
  int32_t pair = 0;
  std::memcpy(&pair, weights, sizeof pair);
  return pair;
}

__m128i weight_pair(const int16_t* weights) { return _mm_set1_epi32(pair_of(weights)); }

void blend_rows_from(size_t c, const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out) {
  constexpr int kShift = kWeightBits - kLineBits;
  const __m128i half = _mm_set1_epi32(1 << (kShift - 1));
  const __m128i zero = _mm_setzero_si128();
  for (; c + 8 <= bytes; c += 8) {
    __m128i low = half, high = half;
    for (size_t tap = 0; tap < rows.size(); tap += 2) {
      const __m128i w = weight_pair(weights + tap);
      const __m128i a = _mm_unpacklo_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[tap] + c)), zero);
      const __m128i b = _mm_unpacklo_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows[tap + 1] + c)), zero);
      low = _mm_add_epi32(low, _mm_madd_epi16(_mm_unpacklo_epi16(a, b), w));
      high = _mm_add_epi32(high, _mm_madd_epi16(_mm_unpackhi_epi16(a, b), w));
    }
    const __m128i packed = _mm_packs_epi32(_mm_srai_epi32(low, kShift), _mm_srai_epi32(high, kShift));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + c), packed);
  }
  for (; c < bytes; ++c) {
    int sum = 1 << (kShift - 1);
    for (size_t tap = 0; tap < rows.size(); ++tap) sum += weights[tap] * rows[tap][c];
    out[c] = static_cast<uint16_t>(sum >> kShift);
  }
}

void blend_rows(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out) { blend_rows_from(0, rows, weights, bytes, out); }

void blend_columns(const uint16_t* line, int line_first, const Taps& taps, uint8_t* out) {
  constexpr int kShift = kWeightBits + kLineBits;
  for (size_t i = 0; i < taps.first.size(); ++i, out += 3) {
    const uint16_t* pixel = line + static_cast<size_t>(taps.first[i] - line_first) * 3;
    const int16_t* weights = taps.weights.data() + taps.count * i;
    __m128i sum = _mm_set1_epi32(1 << (kShift - 1));
    for (size_t tap = 0; tap < taps.count; tap += 2, pixel += 6) {
      const __m128i a = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel));
      const __m128i b = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pixel + 3));
      sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_unpacklo_epi16(a, b), weight_pair(weights + tap)));
    }
    const __m128i words = _mm_packs_epi32(_mm_srai_epi32(sum, kShift), _mm_setzero_si128());
    const int rgb = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out, &rgb, 3);
  }
}

__attribute__((target("avx2"))) void blend_rows_avx2(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out) {
  constexpr int kShift = kWeightBits - kLineBits;
  const __m256i half = _mm256_set1_epi32(1 << (kShift - 1));
  size_t c = 0;
  for (; c + 16 <= bytes; c += 16) {
    __m256i low = half, high = half;
    for (size_t tap = 0; tap < rows.size(); tap += 2) {
      const __m256i w = _mm256_set1_epi32(pair_of(weights + tap));
      const __m256i a = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[tap] + c)));
      const __m256i b = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[tap + 1] + c)));
      low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), w));
      high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), w));
    }
    // Unpacking and packing both work within halves, so the order is that of the row again.
    const __m256i packed = _mm256_packs_epi32(_mm256_srai_epi32(low, kShift), _mm256_srai_epi32(high, kShift));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + c), packed);
  }
  blend_rows_from(c, rows, weights, bytes, out);
}

// Four taps at once: the halves of the register hold two pixels each, as r0 r1 g0 g1 b0 b1.
__attribute__((target("avx2"))) void blend_columns_avx2(const uint16_t* line, int line_first, const Taps& taps, uint8_t* out) {
  constexpr int kShift = kWeightBits + kLineBits;
  const __m128i pairs = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1);
  const __m256i pairs_twice = _mm256_broadcastsi128_si256(pairs);
  const auto load = [](const uint16_t* pixels) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixels)); };
  for (size_t i = 0; i < taps.first.size(); ++i, out += 3) {
    const uint16_t* pixel = line + static_cast<size_t>(taps.first[i] - line_first) * 3;
    const int16_t* weights = taps.weights.data() + taps.count * i;
    __m256i wide = _mm256_setzero_si256();
    size_t tap = 0;
    for (; tap + 4 <= taps.count; tap += 4, pixel += 12) {
      const __m256i four = _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(load(pixel)), load(pixel + 6), 1), pairs_twice);
      const __m256i w = _mm256_inserti128_si256(_mm256_set1_epi32(pair_of(weights + tap)), _mm_set1_epi32(pair_of(weights + tap + 2)), 1);
      wide = _mm256_add_epi32(wide, _mm256_madd_epi16(four, w));
    }
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    if (tap < taps.count) sum = _mm_add_epi32(sum, _mm_madd_epi16(_mm_shuffle_epi8(load(pixel), pairs), _mm_set1_epi32(pair_of(weights + tap))));
    sum = _mm_add_epi32(sum, _mm_set1_epi32(1 << (kShift - 1)));
    const __m128i words = _mm_packs_epi32(_mm_srai_epi32(sum, kShift), _mm_setzero_si128());
    const int rgb = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
    std::memcpy(out, &rgb, 3);
  }
}

constexpr ResampleKernels kPortable = {blend_rows, blend_columns};
constexpr ResampleKernels kAvx2 = {blend_rows_avx2, blend_columns_avx2};

}  // namespace

const ResampleKernels& portable_resample_kernels() { return kPortable; }

const ResampleKernels& best_resample_kernels() {
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  return avx2 ? kAvx2 : kPortable;
}

}  // namespace nozama
