#include "bench/principal_axes.h"

#include <algorithm>
#include <random>

#include "bench/float_kernels.h"
#include "bench/vector_source.h"

namespace nozama {
namespace {

constexpr int kIterations = 12;

std::vector<float> mean_of(std::span<const float> sample, size_t in) {
  std::vector<double> sums(in);
  for (size_t i = 0; i < sample.size(); ++i) sums[i % in] += sample[i];
  std::vector<float> mean(in);
  const auto rows = static_cast<double>(sample.size() / in);
  for (size_t i = 0; i < in; ++i) mean[i] = static_cast<float>(sums[i] / rows);
  return mean;
}

std::vector<float> covariance(std::span<const float> sample, std::span<const float> mean) {
  const size_t in = mean.size();
  std::vector<float> result(in * in), row(in);
  for (size_t first = 0; first + in <= sample.size(); first += in) {
    for (size_t i = 0; i < in; ++i) row[i] = sample[first + i] - mean[i];
    for (size_t i = 0; i < in; ++i) {
      if (row[i] != 0) add_scaled(&result[i * in], row.data(), row[i], in);
    }
  }
  return result;
}

// Gram-Schmidt, twice for the sake of float. Rows of `in` numbers.
void make_orthonormal(std::vector<float>& rows, size_t in) {
  const size_t count = rows.size() / in;
  std::vector<float> dots(count);
  for (size_t i = 0; i < count; ++i) {
    const std::span row(&rows[i * in], in);
    for (int pass = 0; pass < 2; ++pass) {
      dots_of_rows(rows.data(), i, in, row.data(), dots.data());
      for (size_t j = 0; j < i; ++j) add_scaled(row.data(), &rows[j * in], -dots[j], in);
      if (!normalise(row)) row[i % in] = 1;
    }
  }
}

}  // namespace

PrincipalAxes::PrincipalAxes(std::span<const float> sample, size_t in, size_t out) : out_(out), mean_(mean_of(sample, in)), mean_part_(out) {
  const std::vector<float> spread = covariance(sample, mean_);
  std::vector<float> rows(out * in), next(out * in);
  std::mt19937 random(7);
  for (float& value : rows) value = static_cast<float>(random()) / 4294967296.0F - 0.5F;
  make_orthonormal(rows, in);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    for (size_t i = 0; i < out; ++i) dots_of_rows(spread.data(), in, in, &rows[i * in], &next[i * in]);
    rows.swap(next);
    make_orthonormal(rows, in);
  }
  axes_.resize(in * out);
  for (size_t i = 0; i < out; ++i) {
    for (size_t j = 0; j < in; ++j) axes_[j * out + i] = rows[i * in + j];
  }
  for (size_t j = 0; j < in; ++j) add_scaled(mean_part_.data(), &axes_[j * out], mean_[j], out);
}

bool PrincipalAxes::project(std::span<const float> x, std::span<float> result) const {
  for (size_t i = 0; i < out_; ++i) result[i] = -mean_part_[i];
  for (size_t j = 0; j < x.size(); ++j) {
    if (x[j] != 0) add_scaled(result.data(), &axes_[j * out_], x[j], out_);
  }
  return normalise(result);
}

}  // namespace nozama
