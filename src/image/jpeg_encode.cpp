#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <jpeglib.h>

#include "image/encode.h"

namespace nozama {

// libjpeg reports a failure by ending the program, unless it is told otherwise; with memory as the target only a lack of
// memory is left to fail, and sizes that JPEG cannot hold are refused here.
Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality) {
  if (image.width < 1 || image.height < 1 || image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION) {
    return fail(ErrorCode::kTooLarge, "image_too_large", "JPEG holds pictures of 1 to 65,500 pixels a side");
  }
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* encoded = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &encoded, &size);
  encoder.image_width = static_cast<JDIMENSION>(image.width);
  encoder.image_height = static_cast<JDIMENSION>(image.height);
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row(static_cast<int>(encoder.next_scanline)));
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), encoded, size);
  jpeg_destroy_compress(&encoder);
  std::free(encoded);
  return bytes;
}

}  // namespace nozama
