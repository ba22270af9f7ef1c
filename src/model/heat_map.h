// How much each place of a picture adds to its likeness with another.
#pragma once

#include <span>
#include <vector>

#include "model/encoder.h"
#include "model/projection.h"

namespace nozama {

// height × width numbers, row-major, whose sum is the cosine of the picture's projected vector and `other` (of length 1,
// projection.out numbers). An embedding is a sum over its map's places (contributions()) and a projection is linear after its scaling, where the root of a
// number is the sum of each place's share of it; so the sum is exact (Stylianou, Souvenir, Pless: Visualizing Deep Similarity Networks,
// WACV 2019, with the mean's share taken off each place).
// Empty when the map is not of this shape, or has nothing that could be like anything.
std::vector<float> likeness_by_place(std::span<const float> feature_map, const FeatureMapShape& shape, const Projection& projection,
                                     std::span<const float> other);

// Scaled so that the highest is 1; what is below 0 becomes 0. All zeros when none is above.
std::vector<float> heat_of(std::span<const float> likeness);

}  // namespace nozama
