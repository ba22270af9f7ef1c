#pragma once

#include <cstddef>
#include <vector>

#include "base/error.h"
#include "image/image.h"

namespace nozama {

// Lossy WebP; quality 0..100.
Result<std::vector<std::byte>> encode_webp(const Image& image, int quality);

}  // namespace nozama
