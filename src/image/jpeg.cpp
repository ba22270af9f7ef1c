#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

#include "image/codecs.h"

namespace nozama {
namespace {

constexpr unsigned kRowsAtOnce = 16;  // with fewer than two, libjpeg copies every second row

// Each scan of a progressive picture costs a pass over all of it; cameras and encoders write about ten.
constexpr int kScansMax = 100;

struct ErrorTrap {
  jpeg_error_mgr manager;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_error(j_common_ptr info) {
  auto* trap = reinterpret_cast<ErrorTrap*>(info->err);
  (*info->err->format_message)(info, trap->message);
  std::longjmp(trap->jump, 1);
}

// Oddities that change no pixel, and that every viewer overlooks.
bool is_harmless(int warning) {
  return warning == JWRN_EXTRANEOUS_DATA || warning == JWRN_JFIF_MAJOR || warning == JWRN_ADOBE_XFORM || warning == JWRN_BOGUS_ICC;
}

// libjpeg only warns when the data ends early or is corrupt, and would fill the rest with grey.
void on_message(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless(info->err->msg_code)) on_error(info);
}

void on_progress(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= kScansMax) return;
  auto* trap = reinterpret_cast<ErrorTrap*>(info->err);
  std::strcpy(trap->message, "it has too many scans");
  std::longjmp(trap->jump, 1);
}

int orientation_of(const jpeg_decompress_struct& decoder) {
  constexpr char kExif[] = "Exif\0";  // six bytes with the terminator
  for (const jpeg_marker_struct* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != JPEG_APP0 + 1 || marker->data_length < 14 || std::memcmp(marker->data, kExif, 6) != 0) continue;
    return exif_orientation(std::as_bytes(std::span(marker->data + 6, marker->data_length - 6)));
  }
  return 1;
}

// The C library unwinds with longjmp, so everything it could skip lives out here and not in the function that calls it.
struct Decoder {
  jpeg_decompress_struct state{};
  ErrorTrap trap{};
  jpeg_progress_mgr progress{};

  Decoder() {
    state.err = jpeg_std_error(&trap.manager);
    trap.manager.error_exit = on_error;
    trap.manager.emit_message = on_message;
    jpeg_create_decompress(&state);
    jpeg_save_markers(&state, JPEG_APP0 + 1, 0xFFFF);
    progress.progress_monitor = on_progress;
    state.progress = &progress;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&state); }

  bool read_header(std::span<const std::byte> bytes) {
    if (setjmp(trap.jump) != 0) return false;
    jpeg_mem_src(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&state, TRUE);
    return true;
  }

  bool start(int short_side_hint) {
    if (setjmp(trap.jump) != 0) return false;
    const bool cmyk = state.jpeg_color_space == JCS_CMYK || state.jpeg_color_space == JCS_YCCK;
    state.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    state.scale_denom = 8;
    state.scale_num = 8;
    if (short_side_hint > 0) {
      const unsigned shorter = std::min(state.image_width, state.image_height);
      // The inverse cosine transform can give any eighth directly, but is vectorised for these only.
      const auto wanted = static_cast<unsigned>(short_side_hint);
      for (state.scale_num = 1; state.scale_num < 8 && shorter * state.scale_num / 8 < wanted;) state.scale_num *= 2;
      state.do_fancy_upsampling = FALSE;  // scaling down blends the colours of neighbours anyway
    }
    state.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&state);
    return true;
  }

  // The rows that come next, each `stride` bytes after the one before: at least one, 0 = failed.
  unsigned read_rows(unsigned char* first, size_t stride) {
    JSAMPROW rows[kRowsAtOnce];
    for (unsigned i = 0; i < kRowsAtOnce; ++i) rows[i] = first + stride * i;
    if (setjmp(trap.jump) != 0) return 0;
    return jpeg_read_scanlines(&state, rows, std::min(kRowsAtOnce, state.output_height - state.output_scanline));
  }

  bool finish() {
    if (setjmp(trap.jump) != 0) return false;
    jpeg_finish_decompress(&state);
    return true;
  }
};

// Adobe writes CMYK inverted: 255 is no ink. Files without its marker say it the other way round.
void cmyk_row_to_rgb(const uint8_t* cmyk, bool inverted, uint8_t* rgb, size_t width) {
  for (size_t x = 0; x < width; ++x) {
    const uint8_t* p = cmyk + 4 * x;
    const int k = inverted ? p[3] : 255 - p[3];
    for (size_t c = 0; c < 3; ++c) {
      const int light = inverted ? p[c] : 255 - p[c];
      rgb[3 * x + c] = static_cast<uint8_t>((light * k + 127) / 255);
    }
  }
}

}  // namespace

Result<ImageInfo> read_jpeg_info(std::span<const std::byte> bytes) {
  Decoder decoder;
  if (!decoder.read_header(bytes)) return damaged("JPEG", decoder.trap.message);
  return ImageInfo{ImageFormat::kJpeg, static_cast<int>(decoder.state.image_width), static_cast<int>(decoder.state.image_height),
                   orientation_of(decoder.state)};
}

Result<Image> decode_jpeg(std::span<const std::byte> bytes, int short_side_hint) {
  Decoder decoder;
  if (!decoder.read_header(bytes) || !decoder.start(short_side_hint)) return damaged("JPEG", decoder.trap.message);
  Image image = make_image(static_cast<int>(decoder.state.output_width), static_cast<int>(decoder.state.output_height));
  const bool cmyk = decoder.state.out_color_space == JCS_CMYK;
  const bool inverted = decoder.state.saw_Adobe_marker != 0;
  const size_t stride = static_cast<size_t>(image.width) * (cmyk ? 4 : 3);
  std::vector<uint8_t> lines(cmyk ? stride * kRowsAtOnce : 0);
  for (int y = 0; y < image.height;) {
    const unsigned read = decoder.read_rows(cmyk ? lines.data() : image.row(y), stride);
    if (read == 0) return damaged("JPEG", decoder.trap.message);
    for (unsigned i = 0; i < read; ++i, ++y) {
      if (cmyk) cmyk_row_to_rgb(lines.data() + stride * i, inverted, image.row(y), static_cast<size_t>(image.width));
    }
  }
  if (!decoder.finish()) return damaged("JPEG", decoder.trap.message);
  return image;
}

}  // namespace nozama
