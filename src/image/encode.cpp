#include "image/encode.h"

#include <webp/encode.h>

#include <cstring>

namespace nozama {

Result<std::vector<std::byte>> encode_webp(const Image& image, int quality) {
  uint8_t* encoded = nullptr;
  const size_t size = WebPEncodeRGB(image.rgb.data(), image.width, image.height, image.width * 3, static_cast<float>(quality), &encoded);
  if (size == 0) return fail(ErrorCode::kInternal, "webp_failed", "the picture could not be written as WebP");
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), encoded, size);
  WebPFree(encoded);
  return bytes;
}

}  // namespace nozama
