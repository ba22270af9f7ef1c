// Altered copies of a picture, as other cameras and other hands would have taken it: for measuring how robust a search is.
#pragma once

#include <cstdint>

#include "image/image.h"

namespace nozama {

struct Alteration {
  CropBox crop;
  double degrees = 0;     // clockwise, about the centre
  double brightness = 1;  // factor
  bool mirrored = false;
  int jpeg_quality = 90;  // for encode_jpeg(); alter() does not use it
};

// At random but gentle: 75 to 100 % of each side, ±6 degrees, brightness 0.7 to 1.3, half of them mirrored, JPEG quality
// 40 to 95. The same for the same seed on every machine.
Alteration draw_alteration(uint64_t seed);

// Crop, rotation (the corners are filled with the nearest pixel), mirror, brightness. At least one pixel.
Image alter(const Image& image, const Alteration& alteration);

}  // namespace nozama
