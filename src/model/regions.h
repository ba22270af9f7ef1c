// What stands out in a picture, from the feature map of the pass that encoded it.
#pragma once

#include <span>
#include <vector>

#include "image/image.h"
#include "model/encoder.h"

namespace nozama {

// The part of a width × height picture that the network sees: the middle square, crop_share of the short side.
CropBox seen_part(const EncoderInfo& info, int width, int height);

// Where the subject is: height × width weights from 0 to 1, row-major, over seen_part(). The sum of the map's channels at each place,
// less its mean (Selective Convolutional Descriptor Aggregation; Wei, Luo, Wu, Zhou, IEEE TIP 2017), with 0 at and below
// the mean. Empty when the map is not of this shape; all zeros when it is flat or has numbers that are not finite.
std::vector<float> saliency_grid(std::span<const float> feature_map, const FeatureMapShape& shape);

}  // namespace nozama
