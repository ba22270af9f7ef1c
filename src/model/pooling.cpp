#include "model/pooling.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "model/dot.h"

namespace nozama {
namespace {

// Accuracy does not grow with more (docs/decisions/0050-relations.md); small eigenvalues converge last and are damped until then.
constexpr int kRootSteps = 5;
constexpr auto kTwice = std::numbers::sqrt2_v<float>;

// Square, row-major.
struct Matrix {
  size_t size;
  std::vector<float> values;
  explicit Matrix(size_t n) : size(n), values(n * n, 0.0F) {}
  float& at(size_t row, size_t column) { return values[row * size + column]; }
  float at(size_t row, size_t column) const { return values[row * size + column]; }
};

// result += aᵀ·b, of a: rows × n and b: rows × n.
[[gnu::always_inline]] inline void add_products_lanes(const float* a, const float* b, size_t rows, size_t n, float* result) {
  for (size_t row = 0; row < n; ++row) {
    float* sums = result + row * n;
    for (size_t k = 0; k < rows; ++k) {
      const float factor = a[k * n + row];
      const float* other = b + k * n;
      for (size_t column = 0; column < n; ++column) sums[column] += factor * other[column];
    }
  }
}

void add_products_base(const float* a, const float* b, size_t rows, size_t n, float* result) { add_products_lanes(a, b, rows, n, result); }
[[gnu::target("avx2,fma")]] void add_products_avx2(const float* a, const float* b, size_t rows, size_t n, float* result) {
  add_products_lanes(a, b, rows, n, result);
}

void add_products(const float* a, const float* b, size_t rows, size_t n, float* result) {
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  (wide ? add_products_avx2 : add_products_base)(a, b, rows, n, result);
}

// Of symmetric matrices that commute, which all of Newton and Schulz's are.
void multiply(const Matrix& a, const Matrix& b, Matrix& result) {
  std::ranges::fill(result.values, 0.0F);
  add_products(a.values.data(), b.values.data(), a.size, a.size, result.values.data());
}

// (3·I − product) / 2
void next_step(Matrix& product) {
  for (float& value : product.values) value *= -0.5F;
  for (size_t i = 0; i < product.size; ++i) product.at(i, i) += 1.5F;
}

struct Root {
  Matrix root, inverse;  // root = matrix · inverse
};

// Newton and Schulz's iteration, of a symmetric matrix of trace 1 without negative eigenvalues.
Root root_of(const Matrix& matrix) {
  Root result{Matrix(matrix.size), matrix};
  next_step(result.inverse);
  multiply(matrix, result.inverse, result.root);
  Matrix step(matrix.size), spare(matrix.size);
  for (int i = 1; i < kRootSteps; ++i) {
    multiply(result.inverse, result.root, step);
    next_step(step);
    multiply(result.root, step, spare);
    std::swap(result.root, spare);
    multiply(step, result.inverse, spare);
    std::swap(result.inverse, spare);
  }
  return result;
}

// The channels of some places of a map, places × channels.
struct Rows {
  size_t places, channels;
  std::vector<float> values;

  Rows(std::span<const float> map, const FeatureMapShape& shape, std::span<const size_t> chosen) : channels(static_cast<size_t>(shape.channels)) {
    const size_t all = map.size() / channels;
    std::vector<size_t> order(chosen.begin(), chosen.end());
    if (order.empty()) {
      order.resize(all);
      std::iota(order.begin(), order.end(), size_t{0});
    }
    places = order.size();
    values.resize(places * channels);
    for (size_t channel = 0; channel < channels; ++channel) {
      for (size_t i = 0; i < places; ++i) values[i * channels + channel] = map[channel * all + order[i]];
    }
  }

  std::span<const float> row(size_t i) const { return {values.data() + i * channels, channels}; }
};

struct Relations {
  Matrix matrix;    // the mean of z·zᵀ divided by its trace
  float scale = 0;  // matrix = scale · the sum of z·zᵀ; 0 where there is no matrix
};

Relations relations_of(const Rows& rows) {
  Relations relations{Matrix(rows.channels)};
  add_products(rows.values.data(), rows.values.data(), rows.places, rows.channels, relations.matrix.values.data());
  float trace = 0;
  for (size_t i = 0; i < rows.channels; ++i) trace += relations.matrix.at(i, i);
  if (std::isfinite(trace) && trace > 0 && all_finite(relations.matrix.values)) relations.scale = 1 / trace;
  for (float& value : relations.matrix.values) value = relations.scale > 0 ? value * relations.scale : 0;
  return relations;
}

std::vector<float> triangle_of(const Matrix& matrix) {
  std::vector<float> values;
  values.reserve(matrix.size * (matrix.size + 1) / 2);
  for (size_t a = 0; a < matrix.size; ++a) {
    values.push_back(matrix.at(a, a));
    for (size_t b = a + 1; b < matrix.size; ++b) values.push_back(kTwice * matrix.at(a, b));
  }
  return values;
}

Matrix symmetric_of(std::span<const float> triangle, size_t size) {
  Matrix matrix(size);
  size_t next = 0;
  for (size_t a = 0; a < size; ++a) {
    matrix.at(a, a) = triangle[next++];
    for (size_t b = a + 1; b < size; ++b) matrix.at(a, b) = matrix.at(b, a) = triangle[next++] / kTwice;
  }
  return matrix;
}

std::vector<float> mean_of(const Rows& rows) {
  std::vector<float> mean(rows.channels, 0.0F);
  for (size_t i = 0; i < rows.places; ++i) {
    for (size_t channel = 0; channel < rows.channels; ++channel) mean[channel] += rows.row(i)[channel];
  }
  for (float& value : mean) value /= static_cast<float>(rows.places);
  return mean;
}

}  // namespace

size_t pooled_size(const FeatureMapShape& shape) {
  const auto channels = static_cast<size_t>(shape.channels);
  return shape.relations ? channels * (channels + 1) / 2 : channels;
}

std::vector<float> pool_places(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const size_t> places) {
  const Rows rows(feature_map, shape, places);
  return shape.relations ? triangle_of(root_of(relations_of(rows).matrix).root) : mean_of(rows);
}

std::vector<float> contributions(std::span<const float> feature_map, const FeatureMapShape& shape, std::span<const float> weights) {
  const Rows rows(feature_map, shape, {});
  std::vector<float> result(rows.places);
  if (!shape.relations) {
    multiply_rows(rows.values.data(), weights.data(), rows.channels, result);
    for (float& value : result) value /= static_cast<float>(rows.places);
    return result;
  }
  // The root is scale · the sum over places of z·zᵀ·inverse, so a place adds scale · zᵀ·inverse·weights·z.
  const Relations relations = relations_of(rows);
  Matrix form(rows.channels);
  multiply(root_of(relations.matrix).inverse, symmetric_of(weights, rows.channels), form);
  std::vector<float> product(rows.channels);
  for (size_t place = 0; place < rows.places; ++place) {
    const float* z = rows.row(place).data();
    multiply_rows(form.values.data(), z, rows.channels, product);
    result[place] = relations.scale * dot(product.data(), z, rows.channels);
  }
  return result;
}

}  // namespace nozama
