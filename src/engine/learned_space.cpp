#include "engine/learned_space.h"

#include <algorithm>

#include "engine/serving_model.h"
#include "model/input_scale.h"
#include "train/discriminant.h"
#include "train/projection.h"

namespace nozama {

LearnedSpace learn_space(const Dataset& data, size_t threads, std::stop_token stop) {
  DiscriminantOptions options;
  options.threads = threads;
  options.dimensions = {16, 32, 64, 128, 256};  // few classes are told apart in few dimensions
  auto fit = fit_discriminant(data, options, std::move(stop));
  if (!fit || fit->mean_average_precision <= fit->mean_average_precision_pca) return pca_space(data);
  return {"discriminant", std::move(fit->projection)};
}

LearnedSpace pca_space(const Dataset& data) {
  const size_t out = std::min<size_t>(kIndexDimension, data.dim);
  if (data.rows() <= out) return raw_space();
  return {"pca", fit_pca(data.features, data.dim, out)};
}

LearnedSpace raw_space() { return {"raw", std::nullopt}; }

Dataset rows_in(const LearnedSpace& space, const Dataset& data) {
  Dataset rows;
  rows.dim = space.dimension(data.dim);
  rows.labels = data.labels;
  rows.groups = data.groups;
  rows.features.resize(data.rows() * rows.dim);
  for (size_t i = 0; i < data.rows(); ++i) {
    const std::span to(rows.features.data() + i * rows.dim, rows.dim);
    if (space.projection) {
      space.projection->apply_to(data.row(i), to);
    } else {
      std::ranges::copy(scaled(data.row(i), InputScale::kLength), to.begin());
    }
  }
  return rows;
}

}  // namespace nozama
