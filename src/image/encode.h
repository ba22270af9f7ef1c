#pragma once

#include <cstddef>
#include <vector>

#include "base/error.h"
#include "image/image.h"

namespace nozama {

// Lossy WebP; quality 0..100.
Result<std::vector<std::byte>> encode_webp(const Image& image, int quality);

// Baseline JPEG; quality 1..100. kTooLarge "image_too_large" beyond 65,500 pixels a side.
Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality);

}  // namespace nozama
