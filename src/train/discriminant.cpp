#include "train/discriminant.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "model/input_scale.h"
#include "train/projection.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Rows = std::vector<size_t>;

constexpr size_t kPairedRowsMin = 20;
constexpr size_t kDepth = 30;

// Deviations from the own class's mean, of classes with more than one row.
Matrix deviations(const Matrix& x, const Dataset& data, const Rows& rows) {
  std::map<size_t, Rows> members;
  for (const size_t i : rows) members[data.labels[i]].push_back(i);
  Matrix result(static_cast<Eigen::Index>(rows.size()), x.cols());
  Eigen::Index next = 0;
  for (const auto& [label, of_class] : members) {
    if (of_class.size() < 2) continue;
    Eigen::RowVectorXf mean = Eigen::RowVectorXf::Zero(x.cols());
    for (const size_t i : of_class) mean += x.row(static_cast<Eigen::Index>(i));
    mean /= static_cast<float>(of_class.size());
    // n deviations from their own mean have the variance of n − 1.
    const float unbiased = std::sqrt(static_cast<float>(of_class.size()) / static_cast<float>(of_class.size() - 1));
    for (const size_t i : of_class) result.row(next++) = (x.row(static_cast<Eigen::Index>(i)) - mean) * unbiased;
  }
  return result.topRows(next);
}

Matrix covariance_of(const Matrix& centred) { return centred.transpose() * centred / static_cast<float>(std::max<Eigen::Index>(1, centred.rows())); }

Matrix take(const Matrix& x, const Rows& rows) {
  Matrix result(static_cast<Eigen::Index>(rows.size()), x.cols());
  for (size_t i = 0; i < rows.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = x.row(static_cast<Eigen::Index>(rows[i]));
  return result;
}

// Columns: the whitened space's directions, greatest remaining variance first.
Matrix directions_of(const Matrix& within, const Matrix& total, double shrinkage) {
  const auto n = within.rows();
  const auto s = static_cast<float>(shrinkage);
  Matrix shrunk = (1 - s) * within;
  shrunk.diagonal().array() += s * within.trace() / static_cast<float>(n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> inner(shrunk);
  const Matrix whitening = inner.eigenvectors() * inner.eigenvalues().cwiseMax(1e-12F).cwiseSqrt().cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> outer(Eigen::MatrixXf(whitening.transpose() * total * whitening));
  return whitening * outer.eigenvectors().rowwise().reverse();
}

Dataset projected(const Matrix& x, const Matrix& directions, size_t dimension, const Dataset& data, const Rows& rows) {
  Matrix values = take(x, rows) * directions.leftCols(static_cast<Eigen::Index>(dimension));
  values.rowwise().normalize();
  Dataset result;
  result.dim = dimension;
  result.features.assign(values.data(), values.data() + values.size());
  for (const size_t i : rows) {
    result.labels.push_back(data.labels[i]);
    result.groups.push_back(data.groups[i]);
  }
  return result;
}

class Analysis {
 public:
  Analysis(const Dataset& data, const DiscriminantOptions& options, std::stop_token stop) : data_(data), options_(options), stop_(std::move(stop)) {
    const size_t components = std::min({options.components, data.dim, data.rows()});
    pca_ = fit_pca(data.features, data.dim, components);
    // Not of length 1: the lengths matter to the covariances.
    const Eigen::Map<const Matrix> axes(pca_.matrix.data(), pca_.out, pca_.in);
    x_.resize(static_cast<Eigen::Index>(data.rows()), pca_.out);
    const Eigen::Map<const Eigen::RowVectorXf> mean(pca_.mean.data(), pca_.in);
    for (size_t i = 0; i < data.rows(); ++i) {
      const std::vector<float> row = scaled(data.row(i), pca_.scale);
      x_.row(static_cast<Eigen::Index>(i)) = (Eigen::Map<const Eigen::RowVectorXf>(row.data(), pca_.in) - mean) * axes.transpose();
    }
    for (const size_t dimension : options.dimensions) {
      const size_t possible = std::min(dimension, components);
      if (std::ranges::find(dimensions_, possible) == dimensions_.end()) dimensions_.push_back(possible);
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
    Rows all(data_.rows());
    std::iota(all.begin(), all.end(), size_t{0});
    fit.projection =
        projection_of(directions_of(covariance_of(deviations(x_, data_, all)), covariance_of(x_), fit.shrinkage), dimensions_[best % dimensions_.size()]);
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
    const Matrix learned_from = take(x_, rest);
    const Eigen::RowVectorXf mean = learned_from.colwise().mean();
    const Matrix within = covariance_of(deviations(x_, data_, rest)), total = covariance_of(learned_from.rowwise() - mean);
    for (size_t s = 0; s < options_.shrinkages.size() && !stop_.stop_requested(); ++s) {
      const Matrix directions = directions_of(within, total, options_.shrinkages[s]);
      for (size_t d = 0; d < dimensions_.size(); ++d) sums[s * dimensions_.size() + d] += precision(directions, dimensions_[d], gallery, queries);
    }
    pca_sum += precision(Matrix::Identity(x_.cols(), x_.cols()), std::ranges::max(dimensions_), gallery, queries);
  }

  // mAP@30; a query is not looked for among its own group's rows where the gallery holds them as well.
  double precision(const Matrix& directions, size_t dimension, const Rows& gallery, const Rows& queries) const {
    const auto ranked = relevance_by_label(projected(x_, directions, dimension, data_, gallery), projected(x_, directions, dimension, data_, queries),
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

  Projection projection_of(const Matrix& directions, size_t dimension) const {
    const Eigen::Map<const Matrix> axes(pca_.matrix.data(), pca_.out, pca_.in);
    const Matrix map = directions.leftCols(static_cast<Eigen::Index>(dimension)).transpose() * axes;
    Projection projection;
    projection.in = pca_.in;
    projection.out = static_cast<int>(dimension);
    projection.scale = pca_.scale;
    projection.mean = pca_.mean;
    projection.matrix.assign(map.data(), map.data() + map.size());
    return projection;
  }

  const Dataset& data_;
  const DiscriminantOptions& options_;
  std::stop_token stop_;
  Projection pca_;
  Matrix x_;  // rows × components
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
