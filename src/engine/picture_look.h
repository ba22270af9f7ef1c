// What the catalogue keeps of a decoded picture beside its embedding.
#pragma once

#include "catalog/records.h"
#include "image/image.h"
#include "model/encoder.h"

namespace nozama {

// What look_at() wants of the pass that makes the embedding.
inline constexpr EncodeOutputs kLookOutputs{.feature_map = true};

// Perceptual hash and colour layout of the whole picture, dominant colours of what stands out in it.
PictureLook look_at(const Image& image, const EncoderInfo& encoder, const Encoding& encoding);

}  // namespace nozama
