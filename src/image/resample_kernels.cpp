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

void blend_columns(const Lines& lines, int line_first, const Taps& taps, const Targets& targets) {
  constexpr int kShift = kWeightBits + kLineBits;
  for (size_t row = 0; row < lines.size(); ++row) {
    uint8_t* out = targets[row];
    for (size_t i = 0; i < taps.first.size(); ++i, out += 3) {
      const uint16_t* pixel = lines[row] + static_cast<size_t>(taps.first[i] - line_first) * 3;
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
}

// Returns how many of the `bytes` it has done. Inlined for the usual numbers of taps, so that the inner loop is unrolled.
[[gnu::target("avx2"), gnu::always_inline]] inline size_t blend_whole_registers(const uint8_t* const* rows, size_t count, const int16_t* weights, size_t bytes,
                                                                                uint16_t* out) {
  constexpr int kShift = kWeightBits - kLineBits;
  size_t c = 0;
  for (; c + 16 <= bytes; c += 16) {
    __m256i low = _mm256_set1_epi32(1 << (kShift - 1)), high = low;
    for (size_t tap = 0; tap < count; tap += 2) {
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
  return c;
}

[[gnu::target("avx2")]] void blend_rows_avx2(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out) {
  const size_t count = rows.size();
  const size_t done = count == 2   ? blend_whole_registers(rows.data(), 2, weights, bytes, out)
                      : count == 4 ? blend_whole_registers(rows.data(), 4, weights, bytes, out)
                                   : blend_whole_registers(rows.data(), count, weights, bytes, out);
  blend_rows_from(done, rows, weights, bytes, out);
}

// Both rows at once, one in each half of the register; a pixel's taps two by two, as r0 r1 g0 g1 b0 b1.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i blended_pixel(const Lines& lines, size_t first, const int16_t* weights, size_t count) {
  const __m256i pairs = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1));
  __m256i sum = _mm256_set1_epi32(1 << (kWeightBits + kLineBits - 1));
  for (size_t tap = 0; tap < count; tap += 2, first += 6) {
    const __m128i above = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lines[0] + first));
    const __m128i below = _mm_loadu_si128(reinterpret_cast<const __m128i*>(lines[1] + first));
    const __m256i both = _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(above), below, 1), pairs);
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(both, _mm256_set1_epi32(pair_of(weights + tap))));
  }
  return _mm256_srai_epi32(sum, kWeightBits + kLineBits);
}

template <size_t kBytes>
void store(__m128i bytes, uint8_t* out) {
  static_assert(kBytes == 12 || kBytes == 3);
  if constexpr (kBytes == 12) _mm_storel_epi64(reinterpret_cast<__m128i*>(out), bytes);
  const int rest = kBytes == 12 ? _mm_cvtsi128_si32(_mm_srli_si128(bytes, 8)) : _mm_cvtsi128_si32(bytes);
  std::memcpy(out + kBytes / 8 * 8, &rest, kBytes % 8);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void blend_pixels(const Lines& lines, int line_first, const Taps& taps, size_t count,
                                                                     const Targets& targets) {
  constexpr size_t kAtOnce = 4;
  const __m256i without_gaps = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  const int16_t* weights = taps.weights.data();
  const size_t pixels = taps.first.size();
  const auto first = [&](size_t i) { return static_cast<size_t>(taps.first[i] - line_first) * 3; };
  size_t i = 0;
  for (; i + kAtOnce <= pixels; i += kAtOnce, weights += kAtOnce * count) {
    const __m256i low = _mm256_packs_epi32(blended_pixel(lines, first(i), weights, count), blended_pixel(lines, first(i + 1), weights + count, count));
    const __m256i high =
        _mm256_packs_epi32(blended_pixel(lines, first(i + 2), weights + 2 * count, count), blended_pixel(lines, first(i + 3), weights + 3 * count, count));
    const __m256i rgb = _mm256_shuffle_epi8(_mm256_packus_epi16(low, high), without_gaps);
    store<3 * kAtOnce>(_mm256_castsi256_si128(rgb), targets[0] + 3 * i);
    store<3 * kAtOnce>(_mm256_extracti128_si256(rgb, 1), targets[1] + 3 * i);
  }
  for (; i < pixels; ++i, weights += count) {
    const __m256i words = _mm256_packs_epi32(blended_pixel(lines, first(i), weights, count), _mm256_setzero_si256());
    const __m256i rgb = _mm256_packus_epi16(words, words);
    store<3>(_mm256_castsi256_si128(rgb), targets[0] + 3 * i);
    store<3>(_mm256_extracti128_si256(rgb, 1), targets[1] + 3 * i);
  }
}

[[gnu::target("avx2")]] void blend_columns_avx2(const Lines& lines, int line_first, const Taps& taps, const Targets& targets) {
  if (taps.count == 2) return blend_pixels(lines, line_first, taps, 2, targets);
  if (taps.count == 4) return blend_pixels(lines, line_first, taps, 4, targets);
  blend_pixels(lines, line_first, taps, taps.count, targets);
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
