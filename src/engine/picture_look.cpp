#include "engine/picture_look.h"

#include "image/perceptual_hash.h"

namespace nozama {

PictureLook look_at(const Image& image, const EncoderInfo&, const Encoding&) {
  const PerceptualHash hash = perceptual_hash(image);
  PictureLook look;
  look.perceptual_hash = hash.bits;
  look.colour_layout.assign(hash.colours.begin(), hash.colours.end());
  return look;
}

}  // namespace nozama
