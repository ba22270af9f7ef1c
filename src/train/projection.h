// Learning the indexed space from the shop's own pictures.
#pragma once

#include <cstddef>
#include <span>

#include "model/projection.h"

namespace nozama {

// Principal components without whitening of the scaled rows (row-major, rows × dim; see suited_scale()): the `out` directions of
// greatest variance, greatest first. rows >= 2, out <= dim. Deterministic.
Projection fit_pca(std::span<const float> rows, size_t dim, size_t out);

}  // namespace nozama
