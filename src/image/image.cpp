#include "image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace nozama {
namespace {

// The source pixels that make one target pixel: their first index, and their weights in 1/16384.
struct Tap {
  int first = 0;
  std::vector<int> weights;
};

constexpr int kWeightBits = 14;

// Rounded so that the weights of a tap sum to exactly one: a flat area keeps its value.
std::vector<int> to_fixed(const std::vector<double>& weights) {
  double total = 0;
  for (const double w : weights) total += w;
  std::vector<int> fixed;
  int sum = 0;
  for (const double w : weights) {
    fixed.push_back(static_cast<int>(std::lround(w / total * (1 << kWeightBits))));
    sum += fixed.back();
  }
  *std::max_element(fixed.begin(), fixed.end()) += (1 << kWeightBits) - sum;
  return fixed;
}

Tap area_tap(double from, double to, int size) {
  Tap tap;
  tap.first = std::clamp(static_cast<int>(from), 0, size - 1);
  const int last = std::clamp(static_cast<int>(std::ceil(to)) - 1, tap.first, size - 1);
  std::vector<double> weights;
  for (int i = tap.first; i <= last; ++i) weights.push_back(std::max(1e-9, std::min<double>(to, i + 1) - std::max<double>(from, i)));
  tap.weights = to_fixed(weights);
  return tap;
}

Tap linear_tap(double centre, int size) {
  const double position = std::clamp(centre - 0.5, 0.0, static_cast<double>(size - 1));
  Tap tap;
  tap.first = std::min(static_cast<int>(position), std::max(0, size - 2));
  const double fraction = position - tap.first;
  tap.weights = size == 1 ? to_fixed({1.0}) : to_fixed({1 - fraction, fraction});
  return tap;
}

// Taps of target pixels first..first+count of an axis scaled from `source` to `target` pixels.
std::vector<Tap> make_taps(int source, int target, int first, int count) {
  const double scale = static_cast<double>(source) / target;
  std::vector<Tap> taps;
  taps.reserve(static_cast<size_t>(count));
  for (int i = first; i < first + count; ++i) {
    taps.push_back(scale > 1 ? area_tap(i * scale, (i + 1) * scale, source) : linear_tap((i + 0.5) * scale, source));
  }
  return taps;
}

// One row, horizontally: count target pixels of three channels, in 16-bit fixed point (value << 7).
void resample_row(const uint8_t* row, const std::vector<Tap>& taps, uint16_t* out) {
  for (const Tap& tap : taps) {
    const uint8_t* pixel = row + static_cast<size_t>(tap.first) * 3;
    int r = 0, g = 0, b = 0;
    for (const int w : tap.weights) {
      r += w * pixel[0];
      g += w * pixel[1];
      b += w * pixel[2];
      pixel += 3;
    }
    constexpr int kShift = kWeightBits - 7;
    out[0] = static_cast<uint16_t>(r >> kShift);
    out[1] = static_cast<uint16_t>(g >> kShift);
    out[2] = static_cast<uint16_t>(b >> kShift);
    out += 3;
  }
}

struct Window {
  int scaled_width, scaled_height;  // of the whole scaled picture
  int x, y, width, height;          // the part of it that is wanted
};

Image resample(const Image& source, const Window& window) {
  const std::vector<Tap> columns = make_taps(source.width, window.scaled_width, window.x, window.width);
  const std::vector<Tap> rows = make_taps(source.height, window.scaled_height, window.y, window.height);
  Image target = make_image(window.width, window.height);
  const size_t stride = static_cast<size_t>(window.width) * 3;
  std::vector<uint16_t> line(stride);
  std::vector<int> sums(stride);
  // Growing reuses source rows; shrinking reads each about once. A cache of the last two rows serves both.
  std::array<std::vector<uint16_t>, 2> cache = {std::vector<uint16_t>(stride), std::vector<uint16_t>(stride)};
  std::array<int, 2> cached = {-1, -1};
  for (int y = 0; y < window.height; ++y) {
    const Tap& tap = rows[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0);
    for (size_t i = 0; i < tap.weights.size(); ++i) {
      const int source_row = tap.first + static_cast<int>(i);
      const size_t slot = static_cast<size_t>(source_row) % 2;
      if (cached[slot] != source_row) {
        resample_row(source.row(source_row), columns, cache[slot].data());
        cached[slot] = source_row;
      }
      const int weight = tap.weights[i];
      const uint16_t* values = cache[slot].data();
      for (size_t c = 0; c < stride; ++c) sums[c] += weight * values[c];
    }
    uint8_t* out = target.row(y);
    constexpr int kShift = kWeightBits + 7;
    for (size_t c = 0; c < stride; ++c) out[c] = static_cast<uint8_t>(std::min(255, (sums[c] + (1 << (kShift - 1))) >> kShift));
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
  if (!good) return fail(ErrorCode::kInvalidArgument, "bad_crop", fmt::format("crop is '{}', but must be x,y,w,h: a part of the picture in fractions from 0 to 1", text.substr(0, 80)));
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
