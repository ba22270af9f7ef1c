// A decoded picture, and the few operations that search needs on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

// Upright interleaved 8-bit RGB, row-major: rgb.size() == width * height * 3.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;

  const uint8_t* row(int y) const { return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
  uint8_t* row(int y) { return rgb.data() + static_cast<size_t>(y) * static_cast<size_t>(width) * 3; }
};

Image make_image(int width, int height);

// Part of a picture in fractions of its width and height.
struct CropBox {
  double x = 0, y = 0, w = 1, h = 1;
};

// "0.1,0.2,0.5,0.5" → CropBox. kInvalidArgument "bad_crop" unless it is four numbers that name a part of
// positive size inside 0..1.
Result<CropBox> parse_crop(std::string_view text);

// At least one pixel.
Image crop(const Image& image, const CropBox& box);

// Area average where it shrinks, linear interpolation where it grows; each axis on its own.
Image resize(const Image& image, int width, int height);

// Scales so that the short side is `short_side`, then takes the middle `side` × `side`; equal to resize() and a
// centred crop, without computing what is cut off. side <= short_side.
Image resize_and_centre_crop(const Image& image, int short_side, int side);

// Shrinks, never grows, so that no side is longer than `side_max`.
Image fit_within(const Image& image, int side_max);

}  // namespace nozama
