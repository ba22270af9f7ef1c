#include "model/heat_map.h"

#include <algorithm>
#include <utility>

#include "model/dot.h"
#include "model/pooling.h"

namespace nozama {

std::vector<float> likeness_by_place(std::span<const float> feature_map, const FeatureMapShape& shape, const Projection& projection,
                                     std::span<const float> other) {
  const bool positive = shape.channels > 0 && shape.height > 0 && shape.width > 0;
  if (!positive || !std::cmp_equal(feature_map.size(), int64_t{shape.channels} * shape.height * shape.width)) return {};
  const size_t dim = pooled_size(shape);
  if (!std::cmp_equal(dim, projection.in) || !std::cmp_equal(other.size(), projection.out) || !all_finite(feature_map)) return {};

  const std::vector<float> embedding = pool_places(feature_map, shape);
  // other · matrix · (scaled x − mean) / length = (direction · scaled x) / length − share of the mean
  std::vector<float> direction(dim, 0.0F);
  for (size_t row = 0; row < other.size(); ++row) {
    const float* weights = projection.matrix.data() + row * dim;
    for (size_t i = 0; i < dim; ++i) direction[i] += other[row] * weights[i];
  }
  std::vector<float> centred = scaled(embedding, projection.scale), projected(other.size());
  const float of_mean = dot(direction.data(), projection.mean.data(), dim);
  // A scaled number is the embedding's times a factor: each place has its share of it.
  bool nothing = true;
  for (size_t i = 0; i < dim; ++i) {
    nothing = nothing && centred[i] == 0;
    direction[i] *= embedding[i] == 0 ? 0 : centred[i] / embedding[i];
    centred[i] -= projection.mean[i];
  }
  multiply_rows(projection.matrix.data(), centred.data(), dim, projected);
  const float length_scale = inverse_length(projected);
  if (nothing || length_scale == 0) return {};

  std::vector<float> likeness = contributions(feature_map, shape, direction);
  const float share_of_mean = of_mean / static_cast<float>(likeness.size());
  for (float& value : likeness) value = (value - share_of_mean) * length_scale;
  return likeness;
}

std::vector<float> heat_of(std::span<const float> likeness) {
  std::vector<float> heat(likeness.begin(), likeness.end());
  const float most = heat.empty() ? 0 : *std::ranges::max_element(heat);
  for (float& value : heat) value = most > 0 ? std::max(0.0F, value / most) : 0;
  return heat;
}

}  // namespace nozama
