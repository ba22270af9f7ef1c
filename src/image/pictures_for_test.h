// Pictures of every kind, written with the formats' own libraries, for the tests of this module.
#pragma once

#include <cstdio>

#include <gif_lib.h>
#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "image/image.h"

namespace nozama {

using Bytes = std::vector<std::byte>;

inline void append(Bytes& bytes, const void* data, size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes.insert(bytes.end(), first, first + size);
}
inline void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }
inline Bytes to_bytes(std::string_view text) {
  Bytes bytes;
  append(bytes, text.data(), text.size());
  return bytes;
}
inline Bytes little_endian(uint32_t value, int size) {
  Bytes bytes;
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
  return bytes;
}

// Four plain quarters: red, green / blue, grey. Told apart in any orientation.
inline Image quarters(int width = 48, int height = 32) {
  constexpr uint8_t kColours[4][3] = {{200, 30, 30}, {30, 180, 40}, {30, 40, 190}, {120, 120, 120}};
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int quarter = (y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0);
      std::memcpy(image.row(y) + static_cast<size_t>(x) * 3, kColours[quarter], 3);
    }
  }
  return image;
}

// A smooth picture that compresses like a photo.
inline Image gradient(int width, int height) {
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* pixel = image.row(y) + static_cast<size_t>(x) * 3;
      pixel[0] = static_cast<uint8_t>(x * 255 / width);
      pixel[1] = static_cast<uint8_t>(y * 255 / height);
      pixel[2] = static_cast<uint8_t>((x * 7 + y * 3) % 64 + 96);
    }
  }
  return image;
}

// A TIFF block that holds a camera's name, where the photo was taken, and the orientation.
inline Bytes exif_block(int orientation, bool big_endian) {
  Bytes bytes;
  const auto put = [&](uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * (big_endian ? size - 1 - i : i)) & 0xFF));
  };
  append(bytes, big_endian ? "MM" : "II", 2);
  put(42, 2), put(8, 4), put(3, 2);
  put(0x010F, 2), put(2, 2), put(4, 4), append(bytes, "Cam\0", 4);  // maker
  put(0x0112, 2), put(3, 2), put(1, 4), put(static_cast<uint32_t>(orientation), 2), put(0, 2);
  put(0x8825, 2), put(4, 2), put(1, 4), put(50, 4);  // position
  put(0, 4);
  return bytes;
}

enum class JpegKind { kColour, kProgressive, kGrey, kAdobeCmyk, kPlainCmyk, kYcck };

struct JpegOptions {
  JpegKind kind = JpegKind::kColour;
  int quality = 95;
  Bytes exif;  // a TIFF block; empty = none
};

inline Bytes make_jpeg(const Image& image, const JpegOptions& options = {}) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &buffer, &size);
  const bool grey = options.kind == JpegKind::kGrey;
  const bool cmyk = options.kind >= JpegKind::kAdobeCmyk;
  encoder.image_width = static_cast<JDIMENSION>(image.width);
  encoder.image_height = static_cast<JDIMENSION>(image.height);
  encoder.input_components = grey ? 1 : cmyk ? 4 : 3;
  encoder.in_color_space = grey ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&encoder);
  if (options.kind == JpegKind::kYcck) jpeg_set_colorspace(&encoder, JCS_YCCK);
  if (options.kind == JpegKind::kPlainCmyk) encoder.write_Adobe_marker = FALSE;
  if (options.kind == JpegKind::kProgressive) jpeg_simple_progression(&encoder);
  jpeg_set_quality(&encoder, options.quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  if (!options.exif.empty()) {
    Bytes marker = to_bytes(std::string_view("Exif\0\0", 6));
    append(marker, options.exif);
    jpeg_write_marker(&encoder, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(marker.data()), static_cast<unsigned>(marker.size()));
  }
  std::vector<uint8_t> line;
  for (int y = 0; y < image.height; ++y) {
    line.clear();
    for (int x = 0; x < image.width; ++x) {
      const uint8_t* rgb = image.row(y) + static_cast<size_t>(x) * 3;
      if (grey) {
        line.push_back(rgb[1]);
      } else if (!cmyk) {
        line.insert(line.end(), rgb, rgb + 3);
      } else {
        const bool inverted = options.kind != JpegKind::kPlainCmyk;  // as Adobe's programs do
        for (int c = 0; c < 3; ++c) line.push_back(inverted ? rgb[c] : static_cast<uint8_t>(255 - rgb[c]));
        line.push_back(inverted ? 255 : 0);
      }
    }
    JSAMPROW row = line.data();
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  Bytes bytes;
  append(bytes, buffer, size);
  jpeg_destroy_compress(&encoder);
  free(buffer);
  return bytes;
}

struct PngOptions {
  int colour_type = PNG_COLOR_TYPE_RGB;
  int bit_depth = 8;
  bool interlaced = false;
  std::vector<png_color> palette;
  std::vector<uint8_t> palette_alpha;
  Bytes exif;
};

// `samples` as the format stores them: rows of big-endian or packed samples.
inline Bytes make_png(int width, int height, const std::vector<uint8_t>& samples, const PngOptions& options = {}) {
  Bytes bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &bytes, [](png_structp p, png_bytep data, size_t n) { append(*static_cast<Bytes*>(png_get_io_ptr(p)), data, n); }, nullptr);
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), options.bit_depth, options.colour_type,
               options.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!options.palette.empty()) png_set_PLTE(png, info, options.palette.data(), static_cast<int>(options.palette.size()));
  if (!options.palette_alpha.empty()) png_set_tRNS(png, info, options.palette_alpha.data(), static_cast<int>(options.palette_alpha.size()), nullptr);
  if (!options.exif.empty()) {
    auto* block = const_cast<png_bytep>(reinterpret_cast<const png_byte*>(options.exif.data()));
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(options.exif.size()), block);
  }
  png_write_info(png, info);
  const size_t stride = png_get_rowbytes(png, info);
  std::vector<png_bytep> rows;
  for (int y = 0; y < height; ++y) rows.push_back(const_cast<png_bytep>(samples.data()) + stride * static_cast<size_t>(y));
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

inline Bytes make_png(const Image& image, const PngOptions& options = {}) { return make_png(image.width, image.height, image.rgb, options); }

// Lossless, from rows of RGBA.
inline Bytes make_webp(int width, int height, const std::vector<uint8_t>& rgba) {
  uint8_t* encoded = nullptr;
  const size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, width * 4, &encoded);
  Bytes bytes;
  append(bytes, encoded, size);
  WebPFree(encoded);
  return bytes;
}

inline std::vector<uint8_t> with_alpha(const Image& image, uint8_t alpha) {
  std::vector<uint8_t> rgba;
  for (size_t i = 0; i < image.rgb.size(); i += 3) {
    rgba.insert(rgba.end(), {image.rgb[i], image.rgb[i + 1], image.rgb[i + 2], alpha});
  }
  return rgba;
}

inline Bytes riff_chunk(std::string_view type, const Bytes& payload) {
  Bytes chunk = to_bytes(type);
  append(chunk, little_endian(static_cast<uint32_t>(payload.size()), 4));
  append(chunk, payload);
  if (payload.size() % 2 != 0) chunk.push_back(std::byte{0});
  return chunk;
}

// An extended WebP file of the given canvas around chunks (WebP container specification).
inline Bytes make_extended_webp(int width, int height, uint8_t flags, const std::vector<Bytes>& chunks) {
  Bytes head = little_endian(flags, 4);
  append(head, little_endian(static_cast<uint32_t>(width - 1), 3));
  append(head, little_endian(static_cast<uint32_t>(height - 1), 3));
  Bytes body = to_bytes("WEBP");
  append(body, riff_chunk("VP8X", head));
  for (const Bytes& chunk : chunks) append(body, chunk);
  return riff_chunk("RIFF", body);
}

// What stands inside a simple WebP file: its one chunk of pixels.
inline Bytes webp_pixels(const Bytes& simple) { return Bytes(simple.begin() + 12, simple.end()); }

// One frame of an animation at (left, top), both even.
inline Bytes webp_frame(int left, int top, int width, int height, const std::vector<uint8_t>& rgba) {
  Bytes frame = little_endian(static_cast<uint32_t>(left / 2), 3);
  append(frame, little_endian(static_cast<uint32_t>(top / 2), 3));
  append(frame, little_endian(static_cast<uint32_t>(width - 1), 3));
  append(frame, little_endian(static_cast<uint32_t>(height - 1), 3));
  append(frame, little_endian(100, 3));
  append(frame, little_endian(0, 1));
  append(frame, webp_pixels(make_webp(width, height, rgba)));
  return riff_chunk("ANMF", frame);
}

struct GifFrame {
  int left = 0, top = 0, width = 0, height = 0;
  std::vector<uint8_t> indices;
  bool interlaced = false;
  int transparent = -1;
};

// `colours.size()` is a power of two.
inline Bytes make_gif(int width, int height, const std::vector<GifColorType>& colours, const std::vector<GifFrame>& frames) {
  Bytes bytes;
  int error = 0;
  GifFileType* file = EGifOpen(
      &bytes,
      [](GifFileType* f, const GifByteType* data, int n) {
        append(*static_cast<Bytes*>(f->UserData), data, static_cast<size_t>(n));
        return n;
      },
      &error);
  EGifSetGifVersion(file, true);
  ColorMapObject* map = GifMakeMapObject(static_cast<int>(colours.size()), colours.data());
  EGifPutScreenDesc(file, width, height, 8, 0, map);
  for (const GifFrame& frame : frames) {
    const GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 10, frame.transparent};
    std::array<GifByteType, 4> packed{};
    EGifGCBToExtension(&control, packed.data());
    EGifPutExtension(file, GRAPHICS_EXT_FUNC_CODE, 4, packed.data());
    EGifPutImageDesc(file, frame.left, frame.top, frame.width, frame.height, frame.interlaced, nullptr);
    constexpr int kStart[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
    std::vector<uint8_t> indices = frame.indices;
    for (int pass = 0; pass < (frame.interlaced ? 4 : 1); ++pass) {
      for (int y = frame.interlaced ? kStart[pass] : 0; y < frame.height; y += frame.interlaced ? kStep[pass] : 1) {
        EGifPutLine(file, indices.data() + static_cast<size_t>(y) * static_cast<size_t>(frame.width), frame.width);
      }
    }
  }
  EGifCloseFile(file, &error);
  GifFreeMapObject(map);
  return bytes;
}

}  // namespace nozama
