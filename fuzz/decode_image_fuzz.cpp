// Any bytes as a picture: decoded, cropped, resized and written again, or refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "image/decode.h"
#include "image/encode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const auto bytes = std::as_bytes(std::span(data, size));
  const DecodeLimits limits = {.pixels_max = 300'000, .side_max = 4'000};
  const int hint = size > 0 ? data[size / 2] : 0;
  const auto info = read_image_info(bytes);
  const auto image = decode_image(bytes, limits, hint);
  if (!image) {
    if (image.error().reason != "damaged_image" && image.error().reason != "unsupported_image" && image.error().reason != "image_too_large")
      abort_with("an unknown reason");
    return 0;
  }
  if (!info) abort_with("a picture without a header was decoded");
  if (image->width < 1 || image->height < 1 || image->rgb.size() != static_cast<size_t>(image->width) * static_cast<size_t>(image->height) * 3)
    abort_with("a wrong size");
  if (std::min(image->width, image->height) < std::min({hint, info->width, info->height})) abort_with("smaller than the hint");
  const Image part = crop(*image, {0.25, 0.25, 0.5, 0.5});
  if (resize_and_centre_crop(part, 37, 32).rgb.size() != size_t{32} * 32 * 3) abort_with("a wrong crop");
  if (!encode_webp(fit_within(*image, 64), 50)) abort_with("a picture could not be written");
  return 0;
}
