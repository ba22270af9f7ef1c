// What the catalogue keeps of a decoded picture beside its embedding.
#pragma once

#include "catalog/records.h"
#include "image/image.h"
#include "model/encoder.h"

namespace nozama {

// Perceptual hash and colour layout of the whole picture.
PictureLook look_at(const Image& image, const EncoderInfo& encoder, const Encoding& encoding);

}  // namespace nozama
