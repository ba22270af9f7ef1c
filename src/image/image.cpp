#include "image/image.h"

#include <emmintrin.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace nozama {
namespace {

// For each target pixel the source pixels that make it, all with room for the same even number of weights in 1/16384.
struct Taps {
  size_t count = 0;              // weights a target pixel
  std::vector<int> first;        // source pixel of its first weight
  std::vector<int16_t> weights;  // count × target pixels; unused ones are zero
};

constexpr int kWeightBits = 14;
constexpr int kLineBits = 7;  // fraction bits between the two passes: 255 << 7 still is a positive int16_t

struct Tap {
  int first = 0;
  std::vector<double> weights;
};

Tap area_tap(double from, double to, int size) {
  Tap tap;
  tap.first = std::clamp(static_cast<int>(from), 0, size - 1);
  const int last = std::clamp(static_cast<int>(std::ceil(to)) - 1, tap.first, size - 1);
  for (int i = tap.first; i <= last; ++i) tap.weights.push_back(std::max(1e-9, std::min<double>(to, i + 1) - std::max<double>(from, i)));
  return tap;
}

Tap linear_tap(double centre, int size) {
  const double position = std::clamp(centre - 0.5, 0.0, static_cast<double>(size - 1));
  const int first = std::min(static_cast<int>(position), std::max(0, size - 2));
  const double fraction = position - first;
  return size == 1 ? Tap{0, {1.0}} : Tap{first, {1 - fraction, fraction}};
}

// Rounded so that the weights of a target pixel sum to exactly one: a flat area keeps its value.
void put_fixed(const std::vector<double>& weights, int16_t* fixed) {
  double total = 0;
  for (const double w : weights) total += w;
  int sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    fixed[i] = static_cast<int16_t>(std::lround(weights[i] / total * (1 << kWeightBits)));
    sum += fixed[i];
  }
  // Thousands of tiny weights may all round the same way, by more than the largest of them: share the rest out.
  const int step = sum < 1 << kWeightBits ? 1 : -1;
  for (size_t i = 0; sum != 1 << kWeightBits; i = (i + 1) % weights.size()) {
    if (fixed[i] + step < 0) continue;
    fixed[i] = static_cast<int16_t>(fixed[i] + step);
    sum += step;
  }
}

// Taps of target pixels first..first+count of an axis scaled from `source` to `target` pixels.
Taps make_taps(int source, int target, int first, int count) {
  const double scale = static_cast<double>(source) / target;
  std::vector<Tap> exact;
  Taps taps;
  for (int i = first; i < first + count; ++i) {
    exact.push_back(scale > 1 ? area_tap(i * scale, (i + 1) * scale, source) : linear_tap((i + 0.5) * scale, source));
    taps.first.push_back(exact.back().first);
    taps.count = std::max(taps.count, (exact.back().weights.size() + 1) / 2 * 2);
  }
  taps.weights.resize(taps.count * exact.size());
  for (size_t i = 0; i < exact.size(); ++i) put_fixed(exact[i].weights, taps.weights.data() + taps.count * i);
  return taps;
}

__m128i weight_pair(const int16_t* weights) {
  int32_t pair = 0;
  std::memcpy(&pair, weights, sizeof pair);
  return _mm_set1_epi32(pair);
}

// The weighted sum of `bytes` of as many rows as there are weights, with kLineBits fraction bits.
void blend_rows(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out) {
  constexpr int kShift = kWeightBits - kLineBits;
  const __m128i half = _mm_set1_epi32(1 << (kShift - 1));
  const __m128i zero = _mm_setzero_si128();
  size_t c = 0;
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

// One row of pixels from a line of blend_rows() that begins with source pixel `line_first` and is readable for
// taps.count + 1 pixels beyond its end.
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

struct Window {
  int scaled_width, scaled_height;  // of the whole scaled picture
  int x, y, width, height;          // the part of it that is wanted
};

// Rows first: they are long and contiguous, and shrinking leaves the slower pass over columns less to do.
Image resample(const Image& source, const Window& window) {
  const Taps columns = make_taps(source.width, window.scaled_width, window.x, window.width);
  const Taps rows = make_taps(source.height, window.scaled_height, window.y, window.height);
  const int left = columns.first.front();
  const int right = std::min(source.width, columns.first.back() + static_cast<int>(columns.count));
  const size_t bytes = static_cast<size_t>(right - left) * 3;
  std::vector<uint16_t> line(bytes + (columns.count + 2) * 3);
  Image target = make_image(window.width, window.height);
  std::vector<const uint8_t*> blended(rows.count);
  for (int y = 0; y < window.height; ++y) {
    for (size_t tap = 0; tap < rows.count; ++tap) {
      const int row = std::min(rows.first[static_cast<size_t>(y)] + static_cast<int>(tap), source.height - 1);
      blended[tap] = source.row(row) + static_cast<size_t>(left) * 3;
    }
    blend_rows(blended, rows.weights.data() + rows.count * static_cast<size_t>(y), bytes, line.data());
    blend_columns(line.data(), left, columns, target.row(y));
  }
  return target;
}

}  // namespace

Image make_image(int width, int height) {
  Image image;
  image.width = width;
  image.height = height;
  image.rgb.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  return image;
}

Result<CropBox> parse_crop(std::string_view text) {
  std::array<double, 4> numbers{};
  const char* position = text.data();
  const char* end = text.data() + text.size();
  bool good = true;
  for (size_t i = 0; i < numbers.size() && good; ++i) {
    if (i > 0) {
      good = position != end && *position == ',';
      if (good) ++position;
    }
    const auto parsed = std::from_chars(position, end, numbers[i]);
    good = good && parsed.ec == std::errc{} && std::isfinite(numbers[i]);
    position = parsed.ptr;
  }
  const auto [x, y, w, h] = numbers;
  constexpr double kSlack = 1e-6;  // of sums such as 0.7 + 0.3
  good = good && position == end && x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 1 + kSlack && y + h <= 1 + kSlack;
  if (!good)
    return fail(ErrorCode::kInvalidArgument, "bad_crop",
                fmt::format("crop is '{}', but must be x,y,w,h: a part of the picture in fractions from 0 to 1", text.substr(0, 80)));
  return CropBox{x, y, w, h};
}

Image crop(const Image& image, const CropBox& box) {
  const auto bound = [](double fraction, int size) { return static_cast<int>(std::lround(fraction * size)); };
  const int left = std::clamp(bound(box.x, image.width), 0, image.width - 1);
  const int top = std::clamp(bound(box.y, image.height), 0, image.height - 1);
  const int right = std::clamp(bound(box.x + box.w, image.width), left + 1, image.width);
  const int bottom = std::clamp(bound(box.y + box.h, image.height), top + 1, image.height);
  Image part = make_image(right - left, bottom - top);
  for (int y = 0; y < part.height; ++y) {
    std::copy_n(image.row(top + y) + static_cast<size_t>(left) * 3, static_cast<size_t>(part.width) * 3, part.row(y));
  }
  return part;
}

Image resize(const Image& image, int width, int height) {
  return resample(image, {.scaled_width = width, .scaled_height = height, .x = 0, .y = 0, .width = width, .height = height});
}

Image resize_and_centre_crop(const Image& image, int short_side, int side) {
  const double scale = static_cast<double>(short_side) / std::min(image.width, image.height);
  const int width = std::max(short_side, static_cast<int>(std::lround(image.width * scale)));
  const int height = std::max(short_side, static_cast<int>(std::lround(image.height * scale)));
  return resample(image, {.scaled_width = width, .scaled_height = height, .x = (width - side) / 2, .y = (height - side) / 2, .width = side, .height = side});
}

Image fit_within(const Image& image, int side_max) {
  const int longest = std::max(image.width, image.height);
  if (longest <= side_max) return image;
  const double scale = static_cast<double>(side_max) / longest;
  return resize(image, std::max(1, static_cast<int>(std::lround(image.width * scale))), std::max(1, static_cast<int>(std::lround(image.height * scale))));
}

}  // namespace nozama
