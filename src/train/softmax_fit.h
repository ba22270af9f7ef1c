// The optimisation inside train_head(): softmax regression on rows that lie in memory once. Internal to train.
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

namespace nozama {

// Row ranges [first, last) of a row-major rows × dim matrix, so that a fold can be left out without a copy.
struct SoftmaxProblem {
  std::span<const float> rows;
  size_t dim = 0;
  std::span<const size_t> labels;     // one a row of the matrix, 0..classes-1
  std::span<const float> importance;  // weight of each class's rows in the loss
  size_t classes = 0;
  std::vector<std::pair<size_t, size_t>> ranges;
};

// (dim + 1) × columns(), the last row biases; columns from classes on are zero.
struct SoftmaxWeights {
  size_t dim = 0, classes = 0;
  std::vector<float> values;

  static SoftmaxWeights zeros(size_t dim, size_t classes);
  size_t columns() const;
};

struct SoftmaxOptions {
  // Minimises the mean weighted cross-entropy + lambda / 2 · the sum over classes of wᵀ·metric·w, with w its weights without the bias.
  double lambda = 0;
  const Eigen::MatrixXf* metric = nullptr;  // dim × dim; none = |w|²
  int iterations_max = 100;
  size_t threads = 2;
};

// From `start` (a nearby solution, or zeros). The same bits whatever the number of threads.
SoftmaxWeights fit_softmax(const SoftmaxProblem& problem, SoftmaxWeights start, const SoftmaxOptions& options, std::stop_token stop);

// weights · row + bias of every row: rows × classes.
std::vector<float> softmax_scores(std::span<const float> rows, const SoftmaxWeights& weights);

}  // namespace nozama
