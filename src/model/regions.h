// What stands out in a picture, from the feature map of the pass that encoded it.
#pragma once

#include <span>
#include <vector>

#include "image/image.h"
#include "model/encoder.h"

namespace nozama {

// The part of a width × height picture that the network sees: the middle square, crop_share of the short side.
CropBox seen_part(const EncoderInfo& info, int width, int height);

// Where the subject is: height × width weights from 0 to 1, row-major, over seen_part(). The sum of the map's channels at each place (of their squares,
// where the map has relations: channels are then departures from the ordinary),
// less its mean (Selective Convolutional Descriptor Aggregation; Wei, Luo, Wu, Zhou, IEEE TIP 2017), with 0 at and below
// the mean. Empty when the map is not of this shape; all zeros when it is flat or has numbers that are not finite.
std::vector<float> saliency_grid(std::span<const float> feature_map, const FeatureMapShape& shape);

// Something that stands out, with what the network made of it.
struct SalientRegion {
  CropBox box;                   // part of seen_part()
  float score = 0;               // its share of the saliency
  std::vector<float> embedding;  // as many numbers as Encoding::embedding, and comparable to it
};

inline constexpr size_t kRegionsMax = 4;

// At most kRegionsMax, highest score first. The places above the mean are divided at the valleys between peaks, and
// neighbours joined again while their features depart from the picture's mean in the same direction: so two things
// that touch are two regions, and two ends of one thing are one. Empty where saliency_grid() is empty or all zeros.
std::vector<SalientRegion> salient_regions(std::span<const float> feature_map, const FeatureMapShape& shape);

// `inner`, given in fractions of `outer`, in those of what `outer` is a part of.
CropBox part_of(const CropBox& outer, const CropBox& inner);

}  // namespace nozama
