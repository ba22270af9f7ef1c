#include "train/projection.h"

#include <Eigen/Dense>
#include <algorithm>

#include "model/input_scale.h"

namespace nozama {
namespace {

constexpr size_t kBlockRows = 512;
constexpr Eigen::Index kSpareAxes = 64;  // beyond those asked for: the more, the faster the last ones settle
constexpr int kSubspaceSteps = 8;

struct Moments {
  Eigen::VectorXf mean;
  Eigen::MatrixXf covariance;
};

// Block by block, so that the scaled rows never lie in memory twice.
Moments moments_of(std::span<const float> rows, size_t dim, InputScale scale) {
  using Block = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto d = static_cast<Eigen::Index>(dim);
  const size_t count = rows.size() / dim;
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(d);
  Eigen::MatrixXf products = Eigen::MatrixXf::Zero(d, d);
  for (size_t first = 0; first < count; first += kBlockRows) {
    const size_t last = std::min(count, first + kBlockRows);
    Block block(static_cast<Eigen::Index>(last - first), d);
    for (size_t i = first; i < last; ++i) {
      const std::vector<float> row = scaled(rows.subspan(i * dim, dim), scale);
      block.row(static_cast<Eigen::Index>(i - first)) = Eigen::Map<const Eigen::RowVectorXf>(row.data(), d);
    }
    sum += block.colwise().sum().cast<double>().transpose();
    products.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  }
  const auto n = static_cast<double>(count);
  Moments moments{(sum / n).cast<float>(), {}};
  products.triangularView<Eigen::StrictlyUpper>() = products.transpose();
  moments.covariance = products / static_cast<float>(n) - moments.mean * moments.mean.transpose();
  return moments;
}

// Of a symmetric matrix, as columns, leading first. Where a few of many are asked for: subspace iteration from a random start, and in the end
// the exact axes within the subspace (Halko, Martinsson, Tropp, "Finding structure with randomness", SIAM Review 2011).
Eigen::MatrixXf leading_axes(const Eigen::MatrixXf& matrix, Eigen::Index count) {
  const Eigen::Index dim = matrix.rows(), block = count + kSpareAxes;
  if (4 * block > dim * 3) return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>(matrix).eigenvectors().rightCols(count).rowwise().reverse();
  const std::vector<float> start = seeded_orthogonal(static_cast<int>(dim), static_cast<int>(block), 1).matrix;
  Eigen::MatrixXf basis = Eigen::Map<const Eigen::MatrixXf>(start.data(), dim, block);
  for (int step = 0; step < kSubspaceSteps; ++step) {
    const Eigen::HouseholderQR<Eigen::MatrixXf> factors(matrix * basis);
    basis = factors.householderQ() * Eigen::MatrixXf::Identity(dim, block);
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> within(basis.transpose() * matrix * basis);
  return basis * within.eigenvectors().rightCols(count).rowwise().reverse();
}

}  // namespace

Projection fit_pca(std::span<const float> rows, size_t dim, size_t out) {
  Projection projection;
  projection.in = static_cast<int>(dim);
  projection.out = static_cast<int>(out);
  projection.scale = suited_scale(rows);
  const Moments moments = moments_of(rows, dim, projection.scale);
  const Eigen::MatrixXf axes = leading_axes(moments.covariance, static_cast<Eigen::Index>(out));
  projection.mean.assign(moments.mean.begin(), moments.mean.end());
  for (size_t k = 0; k < out; ++k) {
    Eigen::VectorXf axis = axes.col(static_cast<Eigen::Index>(k));
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // the sign of an eigenvector is arbitrary
    projection.matrix.insert(projection.matrix.end(), axis.begin(), axis.end());
  }
  return projection;
}

}  // namespace nozama
