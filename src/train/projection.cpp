#include "train/projection.h"

#include <Eigen/Dense>

namespace nozama {

Projection fit_pca(std::span<const float> rows, size_t dim, size_t out) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto d = static_cast<Eigen::Index>(dim);
  const auto n = static_cast<Eigen::Index>(rows.size() / dim);
  Matrix x = Eigen::Map<const Matrix>(rows.data(), n, d);
  for (Eigen::Index i = 0; i < n; ++i) {
    const float length = x.row(i).norm();
    if (length > 0) x.row(i) /= length;
  }
  const Eigen::RowVectorXf mean = x.colwise().mean();
  x.rowwise() -= mean;
  const Eigen::MatrixXf covariance = x.transpose() * x / static_cast<float>(n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> solver(covariance);  // eigenvalues ascend
  Projection projection;
  projection.in = static_cast<int>(dim);
  projection.out = static_cast<int>(out);
  projection.mean.assign(mean.data(), mean.data() + d);
  for (size_t k = 0; k < out; ++k) {
    Eigen::VectorXf axis = solver.eigenvectors().col(d - 1 - static_cast<Eigen::Index>(k));
    Eigen::Index largest = 0;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // the sign of an eigenvector is arbitrary
    projection.matrix.insert(projection.matrix.end(), axis.data(), axis.data() + d);
  }
  return projection;
}

}  // namespace nozama
