#pragma once

#include "image/image.h"
#include "model/encoder.h"

namespace nozama {

// Short side scaled to resize_side(), then the middle input_size × input_size. The picture has pixels.
Image to_network_input(const Image& image, const EncoderInfo& info);

}  // namespace nozama
