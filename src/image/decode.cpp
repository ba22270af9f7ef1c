#include "image/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

#include "image/codecs.h"

namespace nozama {
namespace {

// One decode above this size at a time, so that a handful of large photos cannot exhaust the memory.
constexpr int64_t kVeryLargePixels = 16'000'000;

bool starts_with(std::span<const std::byte> bytes, std::string_view signature, size_t offset = 0) {
  return bytes.size() >= offset + signature.size() && std::memcmp(bytes.data() + offset, signature.data(), signature.size()) == 0;
}

std::optional<ImageFormat> sniff(std::span<const std::byte> bytes) {
  if (starts_with(bytes, "\xFF\xD8\xFF")) return ImageFormat::kJpeg;
  if (starts_with(bytes, "\x89PNG\r\n\x1A\n")) return ImageFormat::kPng;
  if (starts_with(bytes, "RIFF") && starts_with(bytes, "WEBP", 8)) return ImageFormat::kWebp;
  if (starts_with(bytes, "GIF87a") || starts_with(bytes, "GIF89a")) return ImageFormat::kGif;
  return std::nullopt;
}

std::string_view describe_unsupported(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "the file is empty";
  if (starts_with(bytes, "%PDF")) return "this is a PDF document";
  if (starts_with(bytes, "ftyp", 4)) return "this is a HEIC, AVIF or video file";
  if (starts_with(bytes, "BM")) return "this is a BMP picture";
  if (starts_with(bytes, "II*") || starts_with(bytes, "MM")) return "this is a TIFF picture";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 1024));
  if (text.find("<svg") != std::string_view::npos) return "this is an SVG drawing";
  if (text.find("<html") != std::string_view::npos || text.find("<!DOCTYPE") != std::string_view::npos) return "this is a web page";
  return "this is not a picture";
}

Result<ImageInfo> read_stored_info(ImageFormat format, std::span<const std::byte> bytes) {
  switch (format) {
    case ImageFormat::kJpeg: return read_jpeg_info(bytes);
    case ImageFormat::kPng: return read_png_info(bytes);
    case ImageFormat::kWebp: return read_webp_info(bytes);
    case ImageFormat::kGif: return read_gif_info(bytes);
  }
  abort_with("unknown ImageFormat");
}

Result<Image> decode_stored(const ImageInfo& info, std::span<const std::byte> bytes, int hint) {
  switch (info.format) {
    case ImageFormat::kJpeg: return decode_jpeg(bytes, hint);
    case ImageFormat::kPng: return decode_png(bytes, info);
    case ImageFormat::kWebp: return decode_webp(bytes, info, hint);
    case ImageFormat::kGif: return decode_gif(bytes, info);
  }
  abort_with("unknown ImageFormat");
}

// EXIF 2.3, tag 0x0112: where the stored picture's row 0 and column 0 belong.
Image upright(const Image& stored, int orientation) {
  const bool swapped = orientation >= 5;
  Image image = make_image(swapped ? stored.height : stored.width, swapped ? stored.width : stored.height);
  for (int y = 0; y < image.height; ++y) {
    uint8_t* out = image.row(y);
    for (int x = 0; x < image.width; ++x, out += 3) {
      int sx = swapped ? y : x;
      int sy = swapped ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) sx = stored.width - 1 - sx;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) sy = stored.height - 1 - sy;
      std::memcpy(out, stored.row(sy) + static_cast<size_t>(sx) * 3, 3);
    }
  }
  return image;
}

// As stored, not upright.
Result<ImageInfo> checked_info(std::span<const std::byte> bytes) {
  const auto format = sniff(bytes);
  if (!format) {
    return fail(ErrorCode::kUnsupported, "unsupported_image", fmt::format("{}; JPEG, PNG, WebP and GIF pictures are read", describe_unsupported(bytes)));
  }
  auto info = read_stored_info(*format, bytes);
  if (info && (info->width <= 0 || info->height <= 0)) return damaged(image_format_name(*format), "its size is impossible");
  return info;
}

}  // namespace

std::string_view image_format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg: return "JPEG";
    case ImageFormat::kPng: return "PNG";
    case ImageFormat::kWebp: return "WebP";
    case ImageFormat::kGif: return "GIF";
  }
  return "";
}

Result<ImageInfo> read_image_info(std::span<const std::byte> bytes) {
  auto info = checked_info(bytes);
  if (info && info->orientation >= 5) std::swap(info->width, info->height);
  return info;
}

Result<Image> decode_image(std::span<const std::byte> bytes, const DecodeLimits& limits, int short_side_hint) {
  const auto info = checked_info(bytes);
  if (!info) return propagate(info);
  const int64_t pixels = static_cast<int64_t>(info->width) * info->height;
  if (pixels > limits.pixels_max || std::max(info->width, info->height) > limits.side_max) {
    return fail(ErrorCode::kTooLarge, "image_too_large",
                fmt::format("the picture has {} × {} pixels; at most {} megapixels and {} pixels a side are read", info->width, info->height,
                            limits.pixels_max / 1'000'000, limits.side_max));
  }
  static std::mutex one_very_large;
  std::unique_lock lock(one_very_large, std::defer_lock);
  if (pixels > kVeryLargePixels) lock.lock();
  auto stored = decode_stored(*info, bytes, short_side_hint);
  if (!stored || info->orientation == 1) return stored;
  return upright(*stored, info->orientation);
}

}  // namespace nozama
