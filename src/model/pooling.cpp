#include "model/pooling.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/matmul.h"
#include "model/dot.h"

namespace nozama {
namespace {

// Accuracy does not grow with more (docs/decisions/0050-relations.md); small eigenvalues converge last and are damped until then.
constexpr int kRootSteps = 5;
constexpr auto kTwice = std::numbers::sqrt2_v<float>;

PaddedMatrix square(size_t n) { return {n, n}; }

void multiply(const PaddedMatrix& a, const PaddedMatrix& b, PaddedMatrix& result) {
  std::ranges::fill(result.values, 0.0F);
  add_product(a, b, result);
}

// (3·I − product) / 2
void next_step(PaddedMatrix& product) {
  for (float& value : product.values) value *= -0.5F;
  for (size_t i = 0; i < product.rows; ++i) product.at(i, i) += 1.5F;
}

// The state before the last step of Newton and Schulz's iteration, of a symmetric matrix of trace 1 without negative eigenvalues: the root
// is root · step and its inverse step · inverse. All of these commute.
struct LastStep {
  PaddedMatrix root, inverse, step;
};

LastStep last_step_of(const PaddedMatrix& matrix) {
  const size_t n = matrix.rows;
  LastStep last{square(n), matrix, square(n)};
  next_step(last.inverse);
  multiply(matrix, last.inverse, last.root);
  PaddedMatrix spare = square(n);
  for (int i = 1;; ++i) {
    multiply(last.inverse, last.root, last.step);
    next_step(last.step);
    if (i == kRootSteps - 1) return last;
    multiply(last.root, last.step, spare);
    std::swap(last.root, spare);
    multiply(last.step, last.inverse, spare);
    std::swap(last.inverse, spare);
  }
}

// The channels of some places of a map (empty = of all), places × channels.
PaddedMatrix rows_of(std::span<const float> map, const FeatureMapShape& shape, std::span<const size_t> chosen) {
  const auto channels = static_cast<size_t>(shape.channels);
  const size_t all = map.size() / channels;
  std::vector<size_t> order(chosen.begin(), chosen.end());
  if (order.empty()) {
    order.resize(all);
    std::iota(order.begin(), order.end(), size_t{0});
  }
  PaddedMatrix rows(order.size(), channels);
  for (size_t channel = 0; channel < channels; ++channel) {
    for (size_t i = 0; i < order.size(); ++i) rows.at(i, channel) = map[channel * all + order[i]];
  }
  return rows;
}

struct Relations {
  PaddedMatrix matrix;  // the mean of z·zᵀ divided by its trace
  float scale = 0;      // matrix = scale · the sum of z·zᵀ; 0 where there is no matrix
};

Relations relations_of(const PaddedMatrix& rows) {
  Relations relations{square(rows.columns)};
  add_transposed_product(rows, rows, relations.matrix);
  float trace = 0;
  for (size_t i = 0; i < rows.columns; ++i) trace += relations.matrix.at(i, i);
  if (std::isfinite(trace) && trace > 0 && all_finite(relations.matrix.values)) relations.scale = 1 / trace;
  for (float& value : relations.matrix.values) value = relations.scale > 0 ? value * relations.scale : 0;
  return relations;
}

PaddedMatrix transposed(const PaddedMatrix& matrix) {
  PaddedMatrix result(matrix.columns, matrix.rows);
  for (size_t row = 0; row < matrix.rows; ++row) {
    for (size_t column = 0; column < matrix.columns; ++column) result.at(column, row) = matrix.at(row, column);
  }
  return result;
}

PaddedMatrix root_of_relations(const PaddedMatrix& rows) {
  PaddedMatrix root = square(rows.columns);
  if (rows.rows >= rows.columns) {
    const LastStep last = last_step_of(relations_of(rows).matrix);
    add_product(last.root, last.step, root);
    return root;
  }
  // Of fewer places than channels by the smaller matrix of the places: (zᵀ·z)·q(zᵀ·z) = zᵀ·q(z·zᵀ)·z for every polynomial q, and what the iteration
  // has for an inverse is one.
  const Relations relations = relations_of(transposed(rows));
  const LastStep last = last_step_of(relations.matrix);
  PaddedMatrix inverse = square(rows.rows), products(rows.rows, rows.columns);
  add_product(last.step, last.inverse, inverse);
  add_product(inverse, rows, products);
  add_transposed_product(rows, products, root);
  for (float& value : root.values) value = relations.scale > 0 ? value * relations.scale : 0;
  return root;
}

std::vector<float> triangle_of(const PaddedMatrix& matrix) {
  std::vector<float> values;
  values.reserve(matrix.rows * (matrix.rows + 1) / 2);
  for (size_t a = 0; a < matrix.rows; ++a) {
    values.push_back(matrix.at(a, a));
    for (size_t b = a + 1; b < matrix.rows; ++b) values.push_back(kTwice * matrix.at(a, b));
  }
  return values;
}

PaddedMatrix symmetric_of(std::span<const float> triangle, size_t size) {
  PaddedMatrix matrix = square(size);
  size_t next = 0;
  for (size_t a = 0; a < size; ++a) {
    matrix.at(a, a) = triangle[next++];
    for (size_t b = a + 1; b < size; ++b) matrix.at(a, b) = matrix.at(b, a) = triangle[next++] / kTwice;
  }
  return matrix;
}

std::vector<float> mean_of(const PaddedMatrix& rows) {
  std::vector<float> mean(rows.columns, 0.0F);
  for (size_t i = 0; i < rows.rows; ++i) {
    for (size_t channel = 0; channel < rows.columns; ++channel) mean[channel] += rows.at(i, channel);
  }
  for (float& value : mean) value /= static_cast<float>(rows.rows);
  return mean;
}

}  // namespace

size_t pooled_size(const FeatureMapShape& shape) {
  const auto channels = static_cast<size_t>(shape.channels);
  return shape.relations ? channels * (channels + 1) / 2 : channels;
}

std::vector<float> pool_places(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const size_t> places) {
  const PaddedMatrix rows = rows_of(feature_map, shape, places);
  return shape.relations ? triangle_of(root_of_relations(rows)) : mean_of(rows);
}

std::vector<float> contributions(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const float> weights) {
  const PaddedMatrix rows = rows_of(feature_map, shape, {});
  std::vector<float> result(rows.rows);
  if (!shape.relations) {
    for (size_t place = 0; place < rows.rows; ++place) {
      result[place] = dot(rows.row(place).data(), weights.data(), rows.columns) / static_cast<float>(rows.rows);
    }
    return result;
  }
  // The root is scale · the sum over places of z·zᵀ·inverse, so a place adds scale · zᵀ·inverse·weights·z.
  const Relations relations = relations_of(rows);
  const LastStep last = last_step_of(relations.matrix);
  PaddedMatrix inverse = square(rows.columns), form = inverse, products(rows.rows, rows.columns);
  add_product(last.step, last.inverse, inverse);
  add_product(inverse, symmetric_of(weights, rows.columns), form);
  add_product(rows, form, products);
  for (size_t place = 0; place < rows.rows; ++place) {
    result[place] = relations.scale * dot(products.row(place).data(), rows.row(place).data(), rows.columns);
  }
  return result;
}

}  // namespace nozama
