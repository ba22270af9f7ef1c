#include "base/half.h"

#include <immintrin.h>

#include <bit>
#include <cstring>

namespace nozama {
namespace {

constexpr size_t kAtOnce = 8;

// Whole registers; returns how many numbers it has done. The library functions that stand in where the compiler may not
// assume these instructions take ten times as long.
[[gnu::target("avx,f16c")]] size_t to_halves(std::span<const float> values, std::byte* halves) {
  size_t i = 0;
  for (; i + kAtOnce <= values.size(); i += kAtOnce) {
    const __m128i eight = _mm256_cvtps_ph(_mm256_loadu_ps(values.data() + i), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(halves + 2 * i), eight);
  }
  return i;
}

[[gnu::target("avx,f16c")]] size_t to_floats(const std::byte* halves, std::span<float> values) {
  size_t i = 0;
  for (; i + kAtOnce <= values.size(); i += kAtOnce) {
    _mm256_storeu_ps(values.data() + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves + 2 * i))));
  }
  return i;
}

bool has_conversions() {
  static const bool has = __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
  return has;
}

}  // namespace

uint16_t float_to_half(float value) {
  const auto half = static_cast<_Float16>(value);
  return std::bit_cast<uint16_t>(half);
}

float half_to_float(uint16_t half) { return static_cast<float>(std::bit_cast<_Float16>(half)); }

std::vector<std::byte> encode_half(std::span<const float> values) {
  std::vector<std::byte> bytes(values.size() * 2);
  for (size_t i = has_conversions() ? to_halves(values, bytes.data()) : 0; i < values.size(); ++i) {
    const uint16_t half = float_to_half(values[i]);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return bytes;
}

std::vector<float> decode_half(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / 2);
  for (size_t i = has_conversions() ? to_floats(bytes.data(), values) : 0; i < values.size(); ++i) {
    uint16_t half = 0;
    std::memcpy(&half, bytes.data() + 2 * i, 2);
    values[i] = half_to_float(half);
  }
  return values;
}

}  // namespace nozama
