#include "model/heat_map.h"

#include <algorithm>
#include <utility>

#include "model/dot.h"

namespace nozama {

std::vector<float> likeness_by_place(std::span<const float> feature_map, const FeatureMapShape& shape, const Projection& projection,
                                     std::span<const float> other) {
  const bool positive = shape.channels > 0 && shape.height > 0 && shape.width > 0;
  if (!positive || !std::cmp_equal(feature_map.size(), int64_t{shape.channels} * shape.height * shape.width)) return {};
  if (shape.channels != projection.in || !std::cmp_equal(other.size(), projection.out) || !all_finite(feature_map)) return {};
  const size_t places = feature_map.size() / static_cast<size_t>(shape.channels);
  const auto channels = static_cast<size_t>(shape.channels);

  std::vector<float> embedding(channels, 0.0F), direction(channels, 0.0F);
  for (size_t channel = 0; channel < channels; ++channel) {
    for (size_t place = 0; place < places; ++place) embedding[channel] += feature_map[channel * places + place];
    embedding[channel] /= static_cast<float>(places);
  }
  // other · matrix · (scaled x − mean) / length = (direction · scaled x) / length − share of the mean
  for (size_t row = 0; row < other.size(); ++row) {
    const float* weights = projection.matrix.data() + row * channels;
    for (size_t channel = 0; channel < channels; ++channel) direction[channel] += other[row] * weights[channel];
  }
  std::vector<float> centred = scaled(embedding, projection.scale), projected(other.size());
  const float of_mean = dot(direction.data(), projection.mean.data(), channels);
  // A channel's scaled number is its mean over the places times a factor: each place has its share of it.
  bool nothing = true;
  for (size_t channel = 0; channel < channels; ++channel) {
    nothing = nothing && centred[channel] == 0;
    direction[channel] *= embedding[channel] == 0 ? 0 : centred[channel] / embedding[channel];
    centred[channel] -= projection.mean[channel];
  }
  multiply_rows(projection.matrix.data(), centred.data(), channels, projected);
  const float length_scale = inverse_length(projected);
  if (nothing || length_scale == 0) return {};

  std::vector<float> likeness(places, 0.0F);
  for (size_t channel = 0; channel < channels; ++channel) {
    for (size_t place = 0; place < places; ++place) likeness[place] += direction[channel] * feature_map[channel * places + place];
  }
  for (float& value : likeness) value = (value - of_mean) * length_scale / static_cast<float>(places);
  return likeness;
}

std::vector<float> heat_of(std::span<const float> likeness) {
  std::vector<float> heat(likeness.begin(), likeness.end());
  const float most = heat.empty() ? 0 : *std::ranges::max_element(heat);
  for (float& value : heat) value = most > 0 ? std::max(0.0F, value / most) : 0;
  return heat;
}

}  // namespace nozama
