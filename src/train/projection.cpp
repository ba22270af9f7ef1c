#include "train/projection.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "base/matmul.h"
#include "model/input_scale.h"
#include "train/leading_axes.h"

namespace nozama {
namespace {

constexpr size_t kBlockRows = 512;

struct Moments {
  std::vector<float> mean;
  PaddedMatrix covariance;
};

// Block by block, so that the scaled rows never lie in memory twice.
Moments moments_of(std::span<const float> rows, size_t dim, InputScale scale) {
  const size_t count = rows.size() / dim;
  std::vector<double> sum(dim);
  Moments moments{{}, {dim, dim}};
  for (size_t first = 0; first < count; first += kBlockRows) {
    const size_t last = std::min(count, first + kBlockRows);
    PaddedMatrix block(last - first, dim);
    for (size_t i = first; i < last; ++i) std::ranges::copy(scaled(rows.subspan(i * dim, dim), scale), block.row(i - first).begin());
    for (size_t i = 0; i < block.rows; ++i) std::ranges::transform(sum, block.row(i), sum.begin(), std::plus<>());
    add_transposed_product(block, block, moments.covariance);
  }
  const auto n = static_cast<double>(count);
  for (const double value : sum) moments.mean.push_back(static_cast<float>(value / n));
  for (size_t i = 0; i < dim; ++i) {
    for (size_t j = 0; j < dim; ++j) moments.covariance.at(i, j) = moments.covariance.at(i, j) / static_cast<float>(n) - moments.mean[i] * moments.mean[j];
  }
  return moments;
}

}  // namespace

Projection fit_pca(std::span<const float> rows, size_t dim, size_t out) {
  Projection projection;
  projection.in = static_cast<int>(dim);
  projection.out = static_cast<int>(out);
  projection.scale = suited_scale(rows);
  const Moments moments = moments_of(rows, dim, projection.scale);
  const PaddedMatrix axes = leading_axes(dim, out, [&](const PaddedMatrix& basis, PaddedMatrix& product) { add_product(moments.covariance, basis, product); });
  projection.mean = moments.mean;
  for (size_t k = 0; k < out; ++k) {
    std::vector<float> axis(dim);
    for (size_t i = 0; i < dim; ++i) axis[i] = axes.at(i, k);
    const float largest = *std::ranges::max_element(axis, {}, [](float value) { return std::abs(value); });
    for (const float value : axis) projection.matrix.push_back(largest < 0 ? -value : value);  // the sign of an axis is arbitrary
  }
  return projection;
}

}  // namespace nozama
