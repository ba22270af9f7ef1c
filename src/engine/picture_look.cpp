#include "engine/picture_look.h"

#include "base/half.h"
#include "engine/photo_reading.h"
#include "image/decode.h"
#include "image/perceptual_hash.h"
#include "model/encoder.h"

namespace nozama {
namespace {

PictureLook look_at(const Image& image, const EncoderInfo& encoder, const Encoding& encoding) {
  const PerceptualHash hash = perceptual_hash(image);
  PictureLook look;
  look.perceptual_hash = hash.bits;
  look.colour_layout.assign(hash.colours.begin(), hash.colours.end());
  look.colours = subject_colours(encoder, image, encoding.feature_map);
  return look;
}

}  // namespace

Result<EmbeddingRecord> read_picture(const Encoder& encoder, std::span<const std::byte> bytes, const std::string& content_hash) {
  const auto image = decode_image(bytes, {}, encoder.info().resize_side());
  if (!image) return propagate(image);
  const auto encoding = encoder.encode(*image, {.feature_map = true});
  if (!encoding) return propagate(encoding);
  return EmbeddingRecord{content_hash, encode_half(encoding->embedding), look_at(*image, encoder.info(), *encoding)};
}

}  // namespace nozama
