#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "train/lbfgs.h"
#include "train/logistic.h"
#include "train/softmax_fit.h"

namespace nozama {
namespace {

std::vector<float> random_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
  return values;
}

TEST(Lbfgs, FindsTheMinimumOfABadlyScaledQuadratic) {
  constexpr Eigen::Index kSize = 40;
  const auto objective = [](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) {
    double value = 0;
    gradient.resize(kSize);
    for (Eigen::Index i = 0; i < kSize; ++i) {
      const double curvature = std::pow(10.0, static_cast<double>(i) / 13), error = static_cast<double>(x(i)) - static_cast<double>(i);
      value += 0.5 * curvature * error * error;
      gradient(i) = static_cast<float>(curvature * error);
    }
    return value;
  };
  const Eigen::VectorXf found = minimise_lbfgs(objective, Eigen::VectorXf::Zero(kSize), {.iterations_max = 500, .value_tolerance = 1e-12}, {});
  for (Eigen::Index i = 0; i < kSize; ++i) EXPECT_NEAR(found(i), static_cast<float>(i), 1e-2) << i;
}

TEST(Lbfgs, StaysWhereItIsAtAMinimumAndEndsOnAFunctionThatCannotBeLowered) {
  const auto flat = [](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) {
    gradient = Eigen::VectorXf::Zero(x.size());
    return 1.0;
  };
  EXPECT_EQ(minimise_lbfgs(flat, Eigen::VectorXf::Constant(3, 2.0F), {}, {}), Eigen::VectorXf::Constant(3, 2.0F));
  const auto lying = [](const Eigen::VectorXf& x, Eigen::VectorXf& gradient) {
    gradient = Eigen::VectorXf::Ones(x.size());
    return 1.0;
  };
  EXPECT_EQ(minimise_lbfgs(lying, Eigen::VectorXf::Constant(3, 2.0F), {}, {}), Eigen::VectorXf::Constant(3, 2.0F));
}

struct SmallProblem {
  static constexpr size_t kRows = 150, kDim = 7, kClasses = 4;
  std::vector<float> rows = random_numbers(kRows * kDim, 3);
  std::vector<size_t> labels = std::vector<size_t>(kRows);
  std::vector<float> importance = {1, 2, 0.5F, 1};
  SoftmaxProblem problem() const { return {rows, kDim, labels, importance, kClasses, {{0, 40}, {60, kRows}}}; }

  SmallProblem() {
    for (size_t i = 0; i < kRows; ++i) labels[i] = (i + (rows[i * kDim] > 0 ? 1 : 0)) % kClasses;
  }

  // At the minimum the gradient of the penalised loss vanishes: computed here in double, from the definition.
  void expect_minimum(const SoftmaxWeights& fitted, double lambda, const Eigen::MatrixXd& metric) const {
    const auto scores = softmax_scores(rows, fitted);
    std::vector<double> gradient((kDim + 1) * kClasses);
    double total = 0;
    for (size_t i = 0; i < kRows; ++i) {
      if (i >= 40 && i < 60) continue;
      const auto p = softmax(std::span(scores).subspan(i * kClasses, kClasses), 1);
      total += importance[labels[i]];
      for (size_t c = 0; c < kClasses; ++c) {
        const double error = importance[labels[i]] * (p[c] - (labels[i] == c ? 1 : 0));
        for (size_t j = 0; j < kDim; ++j) gradient[j * kClasses + c] += error * rows[i * kDim + j];
        gradient[kDim * kClasses + c] += error;
      }
    }
    for (size_t j = 0; j <= kDim; ++j) {
      for (size_t c = 0; c < kClasses; ++c) {
        double penalty = 0;
        for (size_t k = 0; j < kDim && k < kDim; ++k)
          penalty += lambda * metric(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)) * fitted.values[k * fitted.columns() + c];
        EXPECT_NEAR(gradient[j * kClasses + c] / total + penalty, 0, 1e-3) << j << " " << c;
      }
    }
  }
};

TEST(SoftmaxFit, ItsSolutionIsTheMinimumWhateverTheThreadsAndTheFoldLeftOut) {
  constexpr double kLambda = 0.05;
  const SmallProblem small;
  const auto start = SoftmaxWeights::zeros(SmallProblem::kDim, SmallProblem::kClasses);
  const auto fitted = fit_softmax(small.problem(), start, {.lambda = kLambda, .iterations_max = 300, .threads = 2}, {});
  EXPECT_EQ(fitted.values, fit_softmax(small.problem(), start, {.lambda = kLambda, .iterations_max = 300, .threads = 1}, {}).values);
  small.expect_minimum(fitted, kLambda, Eigen::MatrixXd::Identity(SmallProblem::kDim, SmallProblem::kDim));
}

TEST(SoftmaxFit, APenaltyInAMetricHasTheMinimumOfThatMetric) {
  constexpr double kLambda = 0.05;
  const SmallProblem small;
  const auto numbers = random_numbers(SmallProblem::kDim * SmallProblem::kDim, 9);
  const Eigen::Map<const Eigen::MatrixXf> random(numbers.data(), SmallProblem::kDim, SmallProblem::kDim);
  const Eigen::MatrixXf metric = random * random.transpose() + 0.2F * Eigen::MatrixXf::Identity(SmallProblem::kDim, SmallProblem::kDim);
  const auto start = SoftmaxWeights::zeros(SmallProblem::kDim, SmallProblem::kClasses);
  const auto fitted = fit_softmax(small.problem(), start, {.lambda = kLambda, .metric = &metric, .iterations_max = 300, .threads = 2}, {});
  EXPECT_EQ(fitted.values, fit_softmax(small.problem(), start, {.lambda = kLambda, .metric = &metric, .iterations_max = 300, .threads = 1}, {}).values);
  small.expect_minimum(fitted, kLambda, metric.cast<double>());
  EXPECT_NE(fitted.values, fit_softmax(small.problem(), start, {.lambda = kLambda, .iterations_max = 300}, {}).values);
}

}  // namespace
}  // namespace nozama
