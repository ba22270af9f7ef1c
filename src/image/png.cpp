#include <csetjmp>
#include <cstring>

#include <png.h>

#include "image/codecs.h"

namespace nozama {
namespace {

struct Source {
  std::span<const std::byte> bytes;
  size_t position = 0;
};

struct ErrorTrap {
  std::string message;
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  static_cast<ErrorTrap*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep out, size_t n) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (n > source->bytes.size() - source->position) png_error(png, "it ends early");
  std::memcpy(out, source->bytes.data() + source->position, n);
  source->position += n;
}

struct Decoder {
  ErrorTrap trap;
  Source source;
  png_structp png = nullptr;
  png_infop info = nullptr;

  explicit Decoder(std::span<const std::byte> bytes) : source{bytes} {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &trap, on_error, on_warning);
    info = png_create_info_struct(png);
    if (png == nullptr || info == nullptr) abort_with("libpng cannot be initialised");
    png_set_read_fn(png, &source, read_bytes);
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);  // ours were checked on the header
    // Colour profiles, texts, EXIF …: skipped, since libpng allocates what such a chunk claims to hold before reading it.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  // Everything becomes 8-bit RGBA, whatever it was.
  bool start() {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
  }

  bool interlaced() const { return png_get_interlace_type(png, info) != PNG_INTERLACE_NONE; }

  bool read_row(png_bytep row) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_row(png, row, nullptr);
    return true;
  }

  bool read_all(std::vector<png_bytep>& rows) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_image(png, rows.data());
    return true;
  }

  bool finish() {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    png_read_end(png, nullptr);
    return true;
  }
};

uint32_t big_endian_u32(const std::byte* p) {
  return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 | static_cast<uint32_t>(p[2]) << 8 | static_cast<uint32_t>(p[3]);
}

// The eXIf chunk may stand anywhere after the header.
int orientation_of(std::span<const std::byte> bytes) {
  constexpr size_t kSignatureBytes = 8;
  constexpr size_t kChunkFrameBytes = 12;  // length, type, checksum
  size_t chunk = kSignatureBytes;
  while (chunk + kChunkFrameBytes <= bytes.size()) {
    const size_t length = big_endian_u32(bytes.data() + chunk);
    if (length > bytes.size() - chunk - kChunkFrameBytes) return 1;
    if (std::memcmp(bytes.data() + chunk + 4, "eXIf", 4) == 0) return exif_orientation(bytes.subspan(chunk + 8, length));
    chunk += kChunkFrameBytes + length;
  }
  return 1;
}

void row_over_white(const uint8_t* rgba, uint8_t* rgb, int width) {
  for (int x = 0; x < width; ++x, rgba += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) rgb[c] = over_white(rgba[c], rgba[3]);
  }
}

}  // namespace

Result<ImageInfo> read_png_info(std::span<const std::byte> bytes) {
  constexpr size_t kHeaderEnd = 33;  // signature, then the IHDR chunk
  if (bytes.size() < kHeaderEnd || std::memcmp(bytes.data() + 12, "IHDR", 4) != 0) return damaged("PNG", "it has no header");
  const uint32_t width = big_endian_u32(bytes.data() + 16);
  const uint32_t height = big_endian_u32(bytes.data() + 20);
  if (width == 0 || height == 0 || width > 0x7FFFFFFF || height > 0x7FFFFFFF) return damaged("PNG", "its size is impossible");
  return ImageInfo{ImageFormat::kPng, static_cast<int>(width), static_cast<int>(height), orientation_of(bytes)};
}

Result<Image> decode_png(std::span<const std::byte> bytes, const ImageInfo& info) {
  Decoder decoder(bytes);
  if (!decoder.start()) return damaged("PNG", decoder.trap.message);
  const size_t stride = static_cast<size_t>(info.width) * 4;
  if (png_get_rowbytes(decoder.png, decoder.info) != stride) return damaged("PNG", "its rows have an impossible length");
  Image image = make_image(info.width, info.height);
  // An interlaced picture comes in seven passes over all rows, any other row by row.
  const bool whole = decoder.interlaced();
  std::vector<uint8_t> rgba(stride * (whole ? static_cast<size_t>(info.height) : 1));
  if (whole) {
    std::vector<png_bytep> rows;
    rows.reserve(static_cast<size_t>(info.height));
    for (int y = 0; y < info.height; ++y) rows.push_back(rgba.data() + stride * static_cast<size_t>(y));
    if (!decoder.read_all(rows)) return damaged("PNG", decoder.trap.message);
  }
  for (int y = 0; y < info.height; ++y) {
    if (!whole && !decoder.read_row(rgba.data())) return damaged("PNG", decoder.trap.message);
    row_over_white(rgba.data() + (whole ? stride * static_cast<size_t>(y) : 0), image.row(y), info.width);
  }
  if (!decoder.finish()) return damaged("PNG", decoder.trap.message);
  return image;
}

}  // namespace nozama
