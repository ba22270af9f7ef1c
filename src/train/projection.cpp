#include "train/projection.h"

#include <Eigen/Dense>
#include <algorithm>

#include "model/input_scale.h"

namespace nozama {
namespace {

constexpr size_t kBlockRows = 512;

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

}  // namespace

Projection fit_pca(std::span<const float> rows, size_t dim, size_t out) {
  Projection projection;
  projection.in = static_cast<int>(dim);
  projection.out = static_cast<int>(out);
  projection.scale = suited_scale(rows);
  const Moments moments = moments_of(rows, dim, projection.scale);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> solver(moments.covariance);  // eigenvalues ascend
  projection.mean.assign(moments.mean.begin(), moments.mean.end());
  for (size_t k = 0; k < out; ++k) {
    Eigen::VectorXf axis = solver.eigenvectors().col(static_cast<Eigen::Index>(dim - 1 - k));
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // the sign of an eigenvector is arbitrary
    projection.matrix.insert(projection.matrix.end(), axis.begin(), axis.end());
  }
  return projection;
}

}  // namespace nozama
