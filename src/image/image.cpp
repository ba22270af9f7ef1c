#include "image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <span>

#include "image/resample_kernels.h"

namespace nozama {
namespace {

// The source pixels that make one target pixel.
struct Tap {
  int first = 0;
  size_t begin = 0, end = 0;  // of its weights, among those of the whole axis
};

Tap area_tap(double from, double to, int size, std::vector<double>& weights) {
  Tap tap{.first = std::clamp(static_cast<int>(from), 0, size - 1), .begin = weights.size()};
  const int last = std::clamp(static_cast<int>(std::ceil(to)) - 1, tap.first, size - 1);
  for (int i = tap.first; i <= last; ++i) weights.push_back(std::max(1e-9, std::min<double>(to, i + 1) - std::max<double>(from, i)));
  tap.end = weights.size();
  return tap;
}

Tap linear_tap(double centre, int size, std::vector<double>& weights) {
  const double position = std::clamp(centre - 0.5, 0.0, static_cast<double>(size - 1));
  Tap tap{.first = std::min(static_cast<int>(position), std::max(0, size - 2)), .begin = weights.size()};
  const double fraction = position - tap.first;
  weights.push_back(size == 1 ? 1.0 : 1 - fraction);
  if (size > 1) weights.push_back(fraction);
  tap.end = weights.size();
  return tap;
}

// Rounded so that the weights of a target pixel sum to exactly one: a flat area keeps its value.
void put_fixed(std::span<const double> weights, int16_t* fixed) {
  double total = 0;
  for (const double w : weights) total += w;
  int sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    fixed[i] = static_cast<int16_t>(weights[i] / total * (1 << kWeightBits) + 0.5);
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
  std::vector<double> weights;
  Taps taps;
  for (int i = first; i < first + count; ++i) {
    exact.push_back(scale > 1 ? area_tap(i * scale, (i + 1) * scale, source, weights) : linear_tap((i + 0.5) * scale, source, weights));
    taps.first.push_back(exact.back().first);
    taps.count = std::max(taps.count, (exact.back().end - exact.back().begin + 1) / 2 * 2);
  }
  taps.weights.resize(taps.count * exact.size());
  for (size_t i = 0; i < exact.size(); ++i) {
    put_fixed(std::span(weights).subspan(exact[i].begin, exact[i].end - exact[i].begin), taps.weights.data() + taps.count * i);
  }
  return taps;
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
  const size_t line_length = bytes + (columns.count + 2) * 3;
  std::vector<uint16_t> lines(2 * line_length);
  Image target = make_image(window.width, window.height);
  const ResampleKernels& kernels = best_resample_kernels();
  std::vector<const uint8_t*> blended(rows.count);
  const auto blend_row = [&](int y, uint16_t* line) {
    for (size_t tap = 0; tap < rows.count; ++tap) {
      const int row = std::min(rows.first[static_cast<size_t>(y)] + static_cast<int>(tap), source.height - 1);
      blended[tap] = source.row(row) + static_cast<size_t>(left) * 3;
    }
    kernels.blend_rows(blended, rows.weights.data() + rows.count * static_cast<size_t>(y), bytes, line);
  };
  for (int y = 0; y < window.height; y += 2) {
    const bool alone = y + 1 == window.height;
    uint16_t* second = alone ? lines.data() : lines.data() + line_length;
    blend_row(y, lines.data());
    if (!alone) blend_row(y + 1, second);
    kernels.blend_columns({lines.data(), second}, left, columns, {target.row(y), target.row(alone ? y : y + 1)});
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
