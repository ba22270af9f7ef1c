#include "image/perceptual_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace nozama {
namespace {

constexpr int kGreySide = 32;
constexpr int kFrequencies = 8;
constexpr double kNoColour = 128;  // Cb and Cr of grey

struct YCbCr {
  double y = 0, cb = 0, cr = 0;
};

// ITU-T T.871 (JFIF), section 7.
YCbCr to_ycbcr(const uint8_t* rgb) {
  const double r = rgb[0], g = rgb[1], b = rgb[2];
  return {.y = 0.299 * r + 0.587 * g + 0.114 * b, .cb = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b, .cr = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b};
}

// Row u: cosine of frequency u + 1; the constant one says only how bright the picture is.
std::array<std::array<float, kGreySide>, kFrequencies> make_cosines() {
  std::array<std::array<float, kGreySide>, kFrequencies> cosines{};
  for (size_t u = 0; u < kFrequencies; ++u) {
    for (size_t x = 0; x < kGreySide; ++x) {
      const double angle = std::numbers::pi * (2 * static_cast<double>(x) + 1) * static_cast<double>(u + 1) / (2 * kGreySide);
      cosines[u][x] = static_cast<float>(std::cos(angle));
    }
  }
  return cosines;
}

using Cells = std::array<YCbCr, size_t{kColourLayoutSide} * kColourLayoutSide>;

double byte_value(std::byte value) { return std::to_integer<int>(value); }

Cells to_cells(std::span<const std::byte> layout) {
  Cells cells;
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = {.y = byte_value(layout[3 * i]), .cb = byte_value(layout[3 * i + 1]), .cr = byte_value(layout[3 * i + 2])};
  }
  return cells;
}

double distance(const YCbCr& a, const YCbCr& b) { return std::hypot(a.y - b.y, a.cb - b.cb, a.cr - b.cr); }

// The median of the outermost cells, channel by channel.
YCbCr border_colour(const Cells& cells) {
  std::array<const YCbCr*, 4 * (kColourLayoutSide - 1)> border{};
  size_t count = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    const size_t row = i / kColourLayoutSide, column = i % kColourLayoutSide;
    if (row == 0 || column == 0 || row == kColourLayoutSide - 1 || column == kColourLayoutSide - 1) border[count++] = &cells[i];
  }
  const auto median = [&border](double YCbCr::* channel) {
    const auto middle = border.begin() + std::ssize(border) / 2;
    std::ranges::nth_element(border, middle, {}, [channel](const YCbCr* cell) { return cell->*channel; });
    return (*middle)->*channel;
  };
  return {.y = median(&YCbCr::y), .cb = median(&YCbCr::cb), .cr = median(&YCbCr::cr)};
}

uint64_t frequency_bits(const std::array<std::array<float, kGreySide>, kGreySide>& grey) {
  static const auto kCosines = make_cosines();
  std::array<std::array<float, kFrequencies>, kGreySide> rows{};  // transformed along x
  for (size_t y = 0; y < kGreySide; ++y) {
    for (size_t u = 0; u < kFrequencies; ++u) {
      for (size_t x = 0; x < kGreySide; ++x) rows[y][u] += grey[y][x] * kCosines[u][x];
    }
  }
  std::array<float, size_t{kFrequencies} * kFrequencies> values{};
  for (size_t v = 0; v < kFrequencies; ++v) {
    for (size_t u = 0; u < kFrequencies; ++u) {
      for (size_t y = 0; y < kGreySide; ++y) values[v * kFrequencies + u] += rows[y][u] * kCosines[v][y];
    }
  }
  auto sorted = values;
  std::ranges::sort(sorted);
  const float median = (sorted[31] + sorted[32]) / 2;
  uint64_t bits = 0;
  for (size_t i = 0; i < values.size(); ++i) bits |= static_cast<uint64_t>(values[i] > median) << i;
  return bits;
}

}  // namespace

PerceptualHash perceptual_hash(const Image& image) {
  const Image small = resize(image, kGreySide, kGreySide);
  constexpr int kCell = kGreySide / kColourLayoutSide;
  std::array<std::array<float, kGreySide>, kGreySide> grey{};
  Cells cells{};
  for (int y = 0; y < kGreySide; ++y) {
    for (int x = 0; x < kGreySide; ++x) {
      const YCbCr pixel = to_ycbcr(small.row(y) + static_cast<size_t>(x) * 3);
      grey[static_cast<size_t>(y)][static_cast<size_t>(x)] = static_cast<float>(pixel.y);
      YCbCr& cell = cells[static_cast<size_t>(y / kCell * kColourLayoutSide + x / kCell)];
      cell.y += pixel.y;
      cell.cb += pixel.cb;
      cell.cr += pixel.cr;
    }
  }
  PerceptualHash hash{.bits = frequency_bits(grey)};
  for (size_t i = 0; i < cells.size(); ++i) {
    size_t channel = 3 * i;
    for (const double sum : {cells[i].y, cells[i].cb, cells[i].cr}) {
      hash.colours[channel++] = static_cast<std::byte>(std::clamp(std::lround(sum / (kCell * kCell)), 0L, 255L));
    }
  }
  return hash;
}

int hash_distance(uint64_t a, uint64_t b) { return std::popcount(a ^ b); }

std::optional<LayoutDifference> layout_difference(std::span<const std::byte> a, std::span<const std::byte> b) {
  if (a.size() != kColourLayoutBytes || b.size() != kColourLayoutBytes) return std::nullopt;
  const Cells x = to_cells(a), y = to_cells(b);
  double x_sum = 0, y_sum = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    x_sum += x[i].y, y_sum += y[i].y;
    xx += x[i].y * x[i].y, yy += y[i].y * y[i].y, xy += x[i].y * y[i].y;
  }
  // Rounding to bytes alone gives plain pictures differences: the added constants are its size.
  constexpr double kRoundingShare = 0.5, kRoundingVariance = 1;
  const auto count = static_cast<double>(x.size());
  const double x_variance = xx - x_sum * x_sum / count + kRoundingVariance, y_variance = yy - y_sum * y_sum / count + kRoundingVariance;
  const double covariance = xy - x_sum * y_sum / count + kRoundingVariance;
  LayoutDifference difference{.contrast = std::sqrt(y_variance / x_variance), .pattern = 1 - covariance / std::sqrt(x_variance * y_variance)};
  const YCbCr x_border = border_colour(x), y_border = border_colour(y);
  double subject = 0, colour = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    subject += (distance(x[i], x_border) + distance(y[i], y_border)) / 2;
    // A brighter copy has stronger colours by the same factor.
    const double cb = (y[i].cb - kNoColour) / difference.contrast, cr = (y[i].cr - kNoColour) / difference.contrast;
    colour += std::hypot(x[i].cb - kNoColour - cb, x[i].cr - kNoColour - cr);
  }
  difference.colour = colour / (subject + kRoundingShare * count);
  return difference;
}

}  // namespace nozama
