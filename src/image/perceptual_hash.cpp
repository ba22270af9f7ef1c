#include "image/perceptual_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace nozama {
namespace {

constexpr int kGreySide = 32;
constexpr int kFrequencies = 8;

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
  std::array<YCbCr, size_t{kColourLayoutSide} * kColourLayoutSide> cells{};
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

double layout_distance(std::span<const std::byte> a, std::span<const std::byte> b) {
  if (a.size() != kColourLayoutBytes || b.size() != kColourLayoutBytes) return std::numeric_limits<double>::infinity();
  const auto difference = [&](size_t i) { return std::to_integer<int>(a[i]) - std::to_integer<int>(b[i]); };
  double brighter = 0;
  for (size_t i = 0; i < kColourLayoutBytes; i += 3) brighter += difference(i);
  brighter /= kColourLayoutSide * kColourLayoutSide;
  double greatest = 0;
  for (size_t i = 0; i < kColourLayoutBytes; i += 3) {
    greatest = std::max(greatest, std::hypot(difference(i) - brighter, difference(i + 1), difference(i + 2)));
  }
  return greatest;
}

}  // namespace nozama
