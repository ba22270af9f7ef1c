#include "train/leading_axes.h"

#include <Eigen/Dense>
#include <algorithm>
#include <random>

namespace nozama {
namespace {

constexpr size_t kSpareAxes = 64;  // beyond those asked for: the more, the faster the last ones settle
constexpr int kSubspaceSteps = 8;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXf to_eigen(const PaddedMatrix& matrix) {
  const Eigen::OuterStride<> stride(static_cast<Eigen::Index>(matrix.stride));
  return Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>(matrix.values.data(), static_cast<Eigen::Index>(matrix.rows),
                                                             static_cast<Eigen::Index>(matrix.columns), stride);
}

void assign(PaddedMatrix& matrix, const Eigen::MatrixXf& values) {
  for (size_t i = 0; i < matrix.rows; ++i) {
    for (size_t j = 0; j < matrix.columns; ++j) matrix.at(i, j) = values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
  }
}

PaddedMatrix product_of(const SymmetricProduct& multiply, const PaddedMatrix& basis) {
  PaddedMatrix product(basis.rows, basis.columns);
  multiply(basis, product);
  return product;
}

// The axes of the matrix within the space of orthonormal columns, greatest first, as columns of `basis`.
PaddedMatrix axes_within(const PaddedMatrix& basis, const PaddedMatrix& product, size_t count) {
  PaddedMatrix within(basis.columns, basis.columns), chosen(basis.columns, count), axes(basis.rows, count);
  add_transposed_product(basis, product, within);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> solved(to_eigen(within));
  assign(chosen, solved.eigenvectors().rightCols(static_cast<Eigen::Index>(count)).rowwise().reverse());
  add_product(basis, chosen, axes);
  return axes;
}

}  // namespace

PaddedMatrix leading_axes(size_t dim, size_t count, const SymmetricProduct& multiply) {
  const bool few = 4 * (count + kSpareAxes) <= dim * 3;
  PaddedMatrix basis(dim, few ? count + kSpareAxes : dim);
  if (!few) {
    for (size_t i = 0; i < dim; ++i) basis.at(i, i) = 1;
    return axes_within(basis, product_of(multiply, basis), count);
  }
  std::mt19937_64 random(1);
  for (size_t i = 0; i < dim; ++i) {
    for (float& value : basis.row(i)) value = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  }
  for (int step = 0; step < kSubspaceSteps; ++step) {
    const Eigen::HouseholderQR<Eigen::MatrixXf> factors(to_eigen(product_of(multiply, basis)));
    assign(basis, factors.householderQ() * Eigen::MatrixXf::Identity(factors.rows(), factors.cols()));
  }
  return axes_within(basis, product_of(multiply, basis), count);
}

}  // namespace nozama
