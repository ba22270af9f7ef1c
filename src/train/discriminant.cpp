#include "train/discriminant.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <unordered_map>

#include "base/matmul.h"
#include "model/dot.h"
#include "model/input_scale.h"
#include "train/leading_axes.h"
#include "train/projection.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

using Rows = std::vector<size_t>;

constexpr size_t kPairedRowsMin = 20;
constexpr size_t kDepth = 30;

// What the space is learned from, in the dimensions of the embedding.
struct Covariances {
  PaddedMatrix within, total;
};

void scale_by(PaddedMatrix& matrix, double factor) {
  for (float& value : matrix.values) value *= static_cast<float>(factor);
}

PaddedMatrix covariance_of(const PaddedMatrix& centred) {
  PaddedMatrix covariance(centred.columns, centred.columns);
  add_transposed_product(centred, centred, covariance);
  scale_by(covariance, 1 / static_cast<double>(std::max<size_t>(1, centred.rows)));
  return covariance;
}

std::vector<float> mean_of(const PaddedMatrix& x, const Rows& rows) {
  std::vector<float> mean(x.columns);
  for (const size_t i : rows) std::ranges::transform(mean, x.row(i), mean.begin(), std::plus<>());
  for (float& value : mean) value /= static_cast<float>(rows.size());
  return mean;
}

// Row `to` of `result` = (row `from` of `x` − mean) · factor
void put_deviation(const PaddedMatrix& x, size_t from, const std::vector<float>& mean, float factor, PaddedMatrix& result, size_t to) {
  for (size_t c = 0; c < x.columns; ++c) result.at(to, c) = (x.at(from, c) - mean[c]) * factor;
}

// Of deviations from the own class's mean, where a class has more than one row, and of those from the mean of all.
Covariances covariances_of(const PaddedMatrix& x, const Dataset& data, const Rows& rows) {
  std::map<size_t, Rows> members;
  for (const size_t i : rows) members[data.labels[i]].push_back(i);
  std::erase_if(members, [](const auto& entry) { return entry.second.size() < 2; });
  size_t paired = 0;
  for (const auto& [label, of_class] : members) paired += of_class.size();
  PaddedMatrix deviations(paired, x.columns);
  size_t next = 0;
  for (const auto& [label, of_class] : members) {
    const std::vector<float> mean = mean_of(x, of_class);
    // n deviations from their own mean have the variance of n − 1.
    const float unbiased = std::sqrt(static_cast<float>(of_class.size()) / static_cast<float>(of_class.size() - 1));
    for (const size_t i : of_class) put_deviation(x, i, mean, unbiased, deviations, next++);
  }
  PaddedMatrix within = covariance_of(deviations);
  deviations = PaddedMatrix(rows.size(), x.columns);
  const std::vector<float> mean = mean_of(x, rows);
  for (size_t i = 0; i < rows.size(); ++i) put_deviation(x, rows[i], mean, 1, deviations, i);
  return {std::move(within), covariance_of(deviations)};
}

// L⁻¹ of L·Lᵀ = (1 − s)·S + s·tr(S)/n·I, lower triangular.
PaddedMatrix inverse_root_of(const PaddedMatrix& within, double shrinkage) {
  const size_t n = within.rows;
  const auto s = static_cast<float>(shrinkage);
  float trace = 0;
  for (size_t i = 0; i < n; ++i) trace += within.at(i, i);
  Eigen::MatrixXf shrunk(n, n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) shrunk(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i)) = (1 - s) * within.at(i, j);
  }
  shrunk.diagonal().array() += std::max(s * trace / static_cast<float>(n), 1e-12F);
  const Eigen::LLT<Eigen::MatrixXf> root(shrunk);
  const Eigen::MatrixXf inverse = root.matrixL().solve(Eigen::MatrixXf::Identity(shrunk.rows(), shrunk.cols()));
  PaddedMatrix result(n, n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) result.at(i, j) = inverse(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
  }
  return result;
}

// Columns: directions of the whitened space, greatest remaining variance first.
PaddedMatrix directions_of(const Covariances& covariances, double shrinkage, size_t count) {
  const PaddedMatrix inverse = inverse_root_of(covariances.within, shrinkage);
  const size_t n = inverse.rows;
  const PaddedMatrix axes = leading_axes(n, count, [&](const PaddedMatrix& basis, PaddedMatrix& product) {
    PaddedMatrix whitened(n, basis.columns), varied(n, basis.columns);
    add_transposed_product(inverse, basis, whitened);
    add_product(covariances.total, whitened, varied);
    add_product(inverse, varied, product);
  });
  PaddedMatrix directions(n, count);
  add_transposed_product(inverse, axes, directions);
  return directions;
}

PaddedMatrix take(const PaddedMatrix& x, const Rows& rows) {
  PaddedMatrix result(rows.size(), x.columns);
  for (size_t i = 0; i < rows.size(); ++i) std::ranges::copy(x.row(rows[i]), result.row(i).begin());
  return result;
}

PaddedMatrix leading_columns(const PaddedMatrix& matrix, size_t count) {
  PaddedMatrix result(matrix.rows, count);
  for (size_t i = 0; i < matrix.rows; ++i) std::ranges::copy(matrix.row(i).first(count), result.row(i).begin());
  return result;
}

Dataset projected(const PaddedMatrix& x, const PaddedMatrix& directions, const Dataset& data, const Rows& rows) {
  PaddedMatrix values(rows.size(), directions.columns);
  add_product(take(x, rows), directions, values);
  Dataset result;
  result.dim = directions.columns;
  for (size_t i = 0; i < rows.size(); ++i) {
    const float scale = inverse_length(values.row(i));
    for (const float value : values.row(i)) result.features.push_back(value * scale);
    result.labels.push_back(data.labels[rows[i]]);
    result.groups.push_back(data.groups[rows[i]]);
  }
  return result;
}

class Analysis {
 public:
  Analysis(const Dataset& data, const DiscriminantOptions& options, std::stop_token stop)
      : data_(data), options_(options), stop_(std::move(stop)), scale_(suited_scale(data.features)), x_(data.rows(), data.dim), components_(data.dim, 0) {
    // Not of length 1: the lengths matter to the covariances.
    for (size_t i = 0; i < data.rows(); ++i) std::ranges::copy(scaled(data.row(i), scale_), x_.row(i).begin());
    all_.resize(data.rows());
    std::iota(all_.begin(), all_.end(), size_t{0});
    mean_ = mean_of(x_, all_);
    for (size_t i = 0; i < data.rows(); ++i) put_deviation(x_, i, mean_, 1, x_, i);
    for (const size_t dimension : options.dimensions) {
      const size_t possible = std::min({dimension, data.dim, data.rows()});
      if (std::ranges::find(dimensions_, possible) == dimensions_.end()) dimensions_.push_back(possible);
    }
    const Projection pca = fit_pca(data.features, data.dim, std::ranges::max(dimensions_));
    components_ = PaddedMatrix(data.dim, static_cast<size_t>(pca.out));
    for (size_t k = 0; k < components_.columns; ++k) {
      for (size_t i = 0; i < data.dim; ++i) components_.at(i, k) = pca.matrix[k * data.dim + i];
    }
  }

  Result<DiscriminantFit> run() {
    split();
    std::vector<double> sums(options_.shrinkages.size() * dimensions_.size());
    double pca_sum = 0;
    for (size_t fold = 0; fold < options_.folds; ++fold) {
      if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "learning the space was stopped; nothing was changed");
      measure_fold(fold, sums, pca_sum);
    }
    const auto best = static_cast<size_t>(std::ranges::max_element(sums) - sums.begin());
    DiscriminantFit fit;
    fit.shrinkage = options_.shrinkages[best / dimensions_.size()];
    fit.mean_average_precision = sums[best] / static_cast<double>(options_.folds);
    fit.mean_average_precision_pca = pca_sum / static_cast<double>(options_.folds);
    const size_t dimension = dimensions_[best % dimensions_.size()];
    fit.projection = projection_of(directions_of(covariances_of(x_, data_, all_), fit.shrinkage, dimension));
    return fit;
  }

 private:
  void split() {
    if (!options_.new_identities) {
      fold_of_ = assign_folds(data_, options_.folds, options_.seed);
      return;
    }
    // Whole identities: one class, so that only the groups are spread.
    Dataset identities = data_;
    for (size_t i = 0; i < data_.rows(); ++i) identities.groups[i] = static_cast<int64_t>(data_.labels[i]);
    std::ranges::fill(identities.labels, size_t{0});
    fold_of_ = assign_folds(identities, options_.folds, options_.seed);
  }

  void measure_fold(size_t fold, std::vector<double>& sums, double& pca_sum) const {
    Rows rest, held_out;
    for (size_t i = 0; i < data_.rows(); ++i) (fold_of_[i] == fold ? held_out : rest).push_back(i);
    Rows queries = held_out;
    const size_t step = queries.size() / options_.queries_max + 1;
    std::erase_if(queries, [&, at = size_t{0}](size_t) mutable { return at++ % step != 0; });
    const Rows& gallery = options_.new_identities ? held_out : rest;
    const Covariances covariances = covariances_of(x_, data_, rest);
    const size_t longest = std::ranges::max(dimensions_);
    for (size_t s = 0; s < options_.shrinkages.size() && !stop_.stop_requested(); ++s) {
      const PaddedMatrix directions = directions_of(covariances, options_.shrinkages[s], longest);
      for (size_t d = 0; d < dimensions_.size(); ++d)
        sums[s * dimensions_.size() + d] += precision(leading_columns(directions, dimensions_[d]), gallery, queries);
    }
    pca_sum += precision(components_, gallery, queries);
  }

  // mAP@30; a query is not looked for among its own group's rows where the gallery holds them as well.
  double precision(const PaddedMatrix& directions, const Rows& gallery, const Rows& queries) const {
    const auto ranked = relevance_by_label(projected(x_, directions, data_, gallery), projected(x_, directions, data_, queries),
                                           {.k = kDepth, .skip_own_group = options_.new_identities, .threads = options_.threads});
    double sum = 0;
    size_t counted = 0;
    for (const RankedRelevance& query : ranked) {
      if (query.relevant_total == 0) continue;
      sum += average_precision_at(query, kDepth);
      ++counted;
    }
    return counted > 0 ? sum / static_cast<double>(counted) : 0;
  }

  Projection projection_of(const PaddedMatrix& directions) const {
    Projection projection;
    projection.in = static_cast<int>(directions.rows);
    projection.out = static_cast<int>(directions.columns);
    projection.scale = scale_;
    projection.mean = mean_;
    for (size_t k = 0; k < directions.columns; ++k) {
      for (size_t i = 0; i < directions.rows; ++i) projection.matrix.push_back(directions.at(i, k));
    }
    return projection;
  }

  const Dataset& data_;
  const DiscriminantOptions& options_;
  std::stop_token stop_;
  InputScale scale_;
  PaddedMatrix x_;           // the scaled rows, less their mean
  PaddedMatrix components_;  // the principal ones, as columns
  std::vector<float> mean_;
  Rows all_;
  std::vector<size_t> dimensions_, fold_of_;
};

}  // namespace

Result<DiscriminantFit> fit_discriminant(const Dataset& data, const DiscriminantOptions& options, std::stop_token stop) {
  std::unordered_map<size_t, size_t> count;
  for (const size_t label : data.labels) ++count[label];
  const auto paired = std::ranges::count_if(data.labels, [&count](size_t label) { return count[label] > 1; });
  if (std::cmp_less(paired, kPairedRowsMin)) {
    return fail(ErrorCode::kInvalidArgument, "too_few_pairs", "too few pictures belong together to learn a space from; principal components serve");
  }
  return Analysis(data, options, std::move(stop)).run();
}

}  // namespace nozama
