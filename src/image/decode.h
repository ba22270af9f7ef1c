// Untrusted bytes → an upright picture. JPEG, PNG, WebP and GIF (the first frame of what moves).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "image/image.h"

namespace nozama {

enum class ImageFormat { kJpeg, kPng, kWebp, kGif };

std::string_view image_format_name(ImageFormat format);  // "JPEG"

struct ImageInfo {
  ImageFormat format = ImageFormat::kJpeg;
  int width = 0, height = 0;  // upright
  int orientation = 1;        // EXIF, 1..8; the only EXIF field that is ever read
};

// A picture file larger than this is not read.
inline constexpr size_t kPictureFileBytesMax = size_t{256} << 20;

struct DecodeLimits {
  int64_t pixels_max = 64'000'000;
  int side_max = 30'000;
};

// The format comes from the bytes, never from a name. kUnsupported "unsupported_image" says what the bytes are
// instead (SVG, PDF, HEIC, nothing …); kCorrupt "damaged_image" when the header cannot be read.
Result<ImageInfo> read_image_info(std::span<const std::byte> bytes);

// Errors as above, and kTooLarge "image_too_large", decided from the header before anything is decoded, and
// kCorrupt "damaged_image" for pictures that end early. Transparent parts are shown on white, orientation is applied,
// 16-bit, CMYK, grey and palette pictures become RGB. `short_side_hint` > 0 allows a cheaper decode whose short side is
// at least so many pixels (or the picture's own). Thread-safe; very large pictures are decoded one at a time.
Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits = {}, int short_side_hint = 0);

}  // namespace nozama
