#include "engine/picture_look.h"

#include "engine/photo_reading.h"
#include "image/perceptual_hash.h"

namespace nozama {

PictureLook look_at(const Image& image, const EncoderInfo& encoder, const Encoding& encoding) {
  const PerceptualHash hash = perceptual_hash(image);
  PictureLook look;
  look.perceptual_hash = hash.bits;
  look.colour_layout.assign(hash.colours.begin(), hash.colours.end());
  look.colours = subject_colours(encoder, image, encoding.feature_map);
  return look;
}

}  // namespace nozama
