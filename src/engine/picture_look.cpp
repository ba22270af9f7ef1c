#include "engine/picture_look.h"

#include "base/half.h"
#include "engine/photo_reading.h"
#include "image/decode.h"
#include "image/perceptual_hash.h"
#include "model/encoder.h"

namespace nozama {
namespace {

PictureLook look_of(const PerceptualHash& hash, std::vector<ColourRecord> colours) {
  return {.perceptual_hash = hash.bits, .colour_layout = {hash.colours.begin(), hash.colours.end()}, .colours = std::move(colours)};
}

}  // namespace

Result<EmbeddingRecord> read_picture(const Encoder& encoder, std::span<const std::byte> bytes, const std::string& content_hash) {
  const auto image = decode_image(bytes, {}, encoder.info().resize_side());
  if (!image) return propagate(image);
  // Before the forward pass, which drives the picture's pixels out of the processor's caches.
  const PerceptualHash hash = perceptual_hash(*image);
  const Overview overview = overview_of(encoder.info(), *image);
  const auto encoding = encoder.encode(*image, {.feature_map = true});
  if (!encoding) return propagate(encoding);
  return EmbeddingRecord{content_hash, encode_half(encoding->embedding), look_of(hash, subject_colours(encoder.info(), overview, encoding->feature_map))};
}

}  // namespace nozama
