// A feature map, or some of its places → an embedding.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/encoder.h"

namespace nozama {

// How many numbers pool_places() gives.
size_t pooled_size(const FeatureMapShape& shape);

// The embedding of the given places (positions in a channel; none = all) of a map of this shape. It is the mean of the channels, or where
// the shape has relations: how they occur together. Of C, the mean of z·zᵀ with the channels of a place as z, divided by its trace, the
// square root (Li, Xie, Wang, Gao, "Towards faster training of global covariance pooling networks", CVPR 2018), as its upper triangle, what
// stands twice weighted with √2: the inner product of two embeddings is that of the matrices, and their length is 1. All zeros where the map
// has only zeros, or numbers that are not finite.
std::vector<float> pool_places(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const size_t> places = {});

// height × width numbers: what each place adds to the inner product of `weights` and the map's embedding. Their sum is exactly that.
std::vector<float> contributions(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const float> weights);

}  // namespace nozama
