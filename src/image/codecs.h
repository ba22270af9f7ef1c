// One file a format. `read_*_info` looks at the header only; `decode_*` gives the picture as stored, not yet turned
// upright. Both get bytes that start with their format's signature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "image/decode.h"

namespace nozama {

Result<ImageInfo> read_jpeg_info(std::span<const std::byte> bytes);  // width and height as stored
Result<ImageInfo> read_png_info(std::span<const std::byte> bytes);
Result<ImageInfo> read_webp_info(std::span<const std::byte> bytes);
Result<ImageInfo> read_gif_info(std::span<const std::byte> bytes);

Result<Image> decode_jpeg(std::span<const std::byte> bytes, int short_side_hint);
Result<Image> decode_png(std::span<const std::byte> bytes, const ImageInfo& info);
Result<Image> decode_webp(std::span<const std::byte> bytes, const ImageInfo& info, int short_side_hint);
Result<Image> decode_gif(std::span<const std::byte> bytes, const ImageInfo& info);

inline std::unexpected<Error> damaged(std::string_view format, std::string_view what) {
  return fail(ErrorCode::kCorrupt, "damaged_image", std::string("the ") + std::string(format) + " picture is damaged: " + std::string(what));
}

// The orientation (1..8) in an EXIF block that starts with its TIFF header; 1 when there is none or it is malformed.
int exif_orientation(std::span<const std::byte> tiff);

// value over white, alpha 0..255.
inline uint8_t over_white(int value, int alpha) { return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255); }

}  // namespace nozama
