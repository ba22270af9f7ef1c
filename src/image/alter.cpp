#include "image/alter.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace nozama {
namespace {

Image rotated(const Image& image, double degrees) {
  Image turned = make_image(image.width, image.height);
  const double angle = degrees * std::numbers::pi / 180, cosine = std::cos(angle), sine = std::sin(angle);
  const double centre_x = (image.width - 1) / 2.0, centre_y = (image.height - 1) / 2.0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const double from_x = std::clamp(centre_x + cosine * (x - centre_x) + sine * (y - centre_y), 0.0, image.width - 1.0);
      const double from_y = std::clamp(centre_y - sine * (x - centre_x) + cosine * (y - centre_y), 0.0, image.height - 1.0);
      const int left = static_cast<int>(from_x), top = static_cast<int>(from_y);
      const int right = std::min(left + 1, image.width - 1), bottom = std::min(top + 1, image.height - 1);
      const double across = from_x - left, down = from_y - top;
      for (int c = 0; c < 3; ++c) {
        const auto at = [&image, c](int px, int py) { return static_cast<double>(image.row(py)[px * 3 + c]); };
        const double above = std::lerp(at(left, top), at(right, top), across), below = std::lerp(at(left, bottom), at(right, bottom), across);
        turned.row(y)[x * 3 + c] = static_cast<uint8_t>(std::lround(std::lerp(above, below, down)));
      }
    }
  }
  return turned;
}

void mirror(Image& image) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width / 2; ++x) std::swap_ranges(image.row(y) + x * 3, image.row(y) + x * 3 + 3, image.row(y) + (image.width - 1 - x) * 3);
  }
}

}  // namespace

Alteration draw_alteration(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto between = [&random](double low, double high) { return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53; };
  Alteration alteration;
  alteration.crop.w = between(0.75, 1);
  alteration.crop.h = between(0.75, 1);
  alteration.crop.x = between(0, 1 - alteration.crop.w);
  alteration.crop.y = between(0, 1 - alteration.crop.h);
  alteration.degrees = between(-6, 6);
  alteration.brightness = between(0.7, 1.3);
  alteration.mirrored = between(0, 1) < 0.5;
  alteration.jpeg_quality = static_cast<int>(between(40, 96));
  return alteration;
}

Image alter(const Image& image, const Alteration& alteration) {
  Image altered = crop(image, alteration.crop);
  if (alteration.degrees != 0) altered = rotated(altered, alteration.degrees);
  if (alteration.mirrored) mirror(altered);
  if (alteration.brightness != 1) {
    for (uint8_t& value : altered.rgb) value = static_cast<uint8_t>(std::clamp(std::lround(value * alteration.brightness), 0L, 255L));
  }
  return altered;
}

}  // namespace nozama
