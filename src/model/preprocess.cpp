#include "model/preprocess.h"

namespace nozama {

Image to_network_input(const Image& image, const EncoderInfo& info) { return resize_and_centre_crop(image, info.resize_side(), info.input_size); }

}  // namespace nozama
