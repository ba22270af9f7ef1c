#include "train/plain_logistic.h"

#include <cmath>

#include "model/input_scale.h"
#include "model/linear_head.h"
#include "train/softmax_fit.h"

namespace nozama {
namespace {

constexpr double kPenalty = 0.1;

std::vector<float> unit_rows(const Dataset& data) {
  std::vector<float> rows;
  rows.reserve(data.features.size());
  for (size_t i = 0; i < data.rows(); ++i) {
    const std::vector<float> row = scaled(data.row(i), InputScale::kLength);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

}  // namespace

std::vector<Prediction> plain_logistic(const Dataset& train, size_t classes, const Dataset& test, size_t threads, std::stop_token stop) {
  std::vector<float> rows = unit_rows(train), asked = unit_rows(test);
  std::vector<double> mean(train.dim);
  for (size_t k = 0; k < rows.size(); ++k) mean[k % train.dim] += rows[k] / static_cast<double>(train.rows());
  double variance = 0;
  for (size_t k = 0; k < rows.size(); ++k) variance += (rows[k] - mean[k % train.dim]) * (rows[k] - mean[k % train.dim]);
  variance /= static_cast<double>(rows.size());
  const double factor = variance > 0 ? 1 / std::sqrt(variance) : 1;
  for (std::vector<float>* part : {&rows, &asked}) {
    for (size_t k = 0; k < part->size(); ++k) (*part)[k] = static_cast<float>(((*part)[k] - mean[k % train.dim]) * factor);
  }
  const std::vector<float> importance(classes, 1.0F);
  const SoftmaxProblem problem{rows, train.dim, train.labels, importance, classes, {{0, train.rows()}}};
  const SoftmaxWeights weights =
      fit_softmax(problem, SoftmaxWeights::zeros(train.dim, classes), {.lambda = kPenalty, .iterations_max = 120, .threads = threads}, stop);
  const std::vector<float> scores = softmax_scores(asked, weights);
  std::vector<Prediction> predictions;
  for (size_t i = 0; i < test.rows(); ++i) predictions.push_back({softmax(std::span(scores).subspan(i * classes, classes), 1), test.labels[i]});
  return predictions;
}

}  // namespace nozama
