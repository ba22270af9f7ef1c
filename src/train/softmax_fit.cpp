#include "train/softmax_fit.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <thread>

#include "base/matmul.h"
#include "train/lbfgs.h"

namespace nozama {
namespace {

constexpr size_t kBlockRows = 64;  // of 1,280 numbers: the second-level cache holds them between the two products
// Partial sums are made for a fixed number of parts, whatever the threads, so that results do not depend on them.
constexpr size_t kParts = 8;

struct Part {
  double loss = 0;
  std::vector<float> gradient;  // (dim + 1) × columns
};

class SoftmaxLoss {
 public:
  SoftmaxLoss(const SoftmaxProblem& problem, const SoftmaxOptions& options)
      : problem_(problem), options_(options), columns_(SoftmaxWeights::zeros(0, problem.classes).columns()), parts_(kParts) {
    for (const auto& [first, last] : problem.ranges) {
      for (size_t row = first; row < last; row += kBlockRows) blocks_.emplace_back(row, std::min(last, row + kBlockRows));
      for (size_t row = first; row < last; ++row) total_importance_ += static_cast<double>(problem.importance[problem.labels[row]]);
    }
  }

  double operator()(const Eigen::VectorXf& point, Eigen::VectorXf& gradient) {
    {
      std::vector<std::jthread> workers;
      const size_t threads = std::clamp<size_t>(options_.threads, 1, kParts);
      for (size_t t = 0; t < threads; ++t) {
        workers.emplace_back([this, t, threads, &point] {
          for (size_t part = t; part < kParts; part += threads) sum_part(point.data(), part);
        });
      }
    }
    const auto weights = static_cast<Eigen::Index>(problem_.dim * columns_);
    const double scale = 1 / std::max(1e-12, total_importance_);
    gradient.setZero(point.size());
    double loss = 0;
    for (const Part& part : parts_) {
      loss += part.loss;
      gradient += Eigen::Map<const Eigen::VectorXf>(part.gradient.data(), gradient.size());
    }
    gradient *= static_cast<float>(scale);
    const Eigen::VectorXf measured = in_metric(point.head(weights));
    gradient.head(weights) += static_cast<float>(options_.lambda) * measured;
    return loss * scale + 0.5 * options_.lambda * point.head(weights).cast<double>().dot(measured.cast<double>());
  }

 private:
  // The metric times the weights: as dear as a pass over as many rows as there are dimensions.
  Eigen::VectorXf in_metric(const Eigen::VectorXf& weights) const {
    if (options_.metric == nullptr) return weights;
    Eigen::VectorXf measured = Eigen::VectorXf::Zero(weights.size());
    std::vector<std::jthread> workers;
    const size_t threads = std::clamp<size_t>(options_.threads, 1, kParts), dim = problem_.dim;
    for (size_t t = 0; t < threads; ++t) {
      workers.emplace_back([this, t, threads, dim, &weights, &measured] {
        const size_t first = dim * t / threads, last = dim * (t + 1) / threads;
        matmul_kernel().accumulate({options_.metric->data() + first * dim, last - first, dim, dim, 1}, weights.data(), measured.data() + first * columns_,
                                   columns_);
      });
    }
    workers.clear();
    return measured;
  }

  void sum_part(const float* weights, size_t number) {
    Part& part = parts_[number];
    part.loss = 0;
    part.gradient.assign((problem_.dim + 1) * columns_, 0);
    std::vector<float> scores(kBlockRows * columns_);
    for (size_t b = blocks_.size() * number / kParts; b < blocks_.size() * (number + 1) / kParts; ++b) add_block(weights, blocks_[b], scores, part);
  }

  void add_block(const float* weights, std::pair<size_t, size_t> block, std::vector<float>& scores, Part& part) const {
    const size_t dim = problem_.dim, count = block.second - block.first;
    const float* rows = problem_.rows.data() + block.first * dim;
    const float* biases = weights + dim * columns_;
    for (size_t i = 0; i < count; ++i) std::copy_n(biases, columns_, scores.data() + i * columns_);
    matmul_kernel().accumulate({rows, count, dim, dim, 1}, weights, scores.data(), columns_);
    float* bias_gradient = part.gradient.data() + dim * columns_;
    for (size_t i = 0; i < count; ++i) {
      float* row = scores.data() + i * columns_;
      part.loss += to_residuals(row, problem_.labels[block.first + i]);
      for (size_t c = 0; c < columns_; ++c) bias_gradient[c] += row[c];
    }
    matmul_kernel().accumulate({rows, dim, count, 1, dim}, scores.data(), part.gradient.data(), columns_);
  }

  // Scores → importance · (probability − 1 for the label); returns the loss.
  double to_residuals(float* row, size_t label) const {
    const float largest = *std::max_element(row, row + problem_.classes);
    const float own = row[label] - largest;
    float sum = 0;
    for (size_t c = 0; c < problem_.classes; ++c) sum += row[c] = std::exp(row[c] - largest);
    const float importance = problem_.importance[label];
    for (size_t c = 0; c < problem_.classes; ++c) row[c] *= importance / sum;
    std::fill(row + problem_.classes, row + columns_, 0.0F);
    row[label] -= importance;
    return static_cast<double>(importance) * (std::log(static_cast<double>(sum)) - static_cast<double>(own));
  }

  const SoftmaxProblem& problem_;
  const SoftmaxOptions& options_;
  const size_t columns_;
  std::vector<std::pair<size_t, size_t>> blocks_;
  double total_importance_ = 0;
  std::vector<Part> parts_;
};

}  // namespace

SoftmaxWeights SoftmaxWeights::zeros(size_t dim, size_t classes) {
  SoftmaxWeights weights{dim, classes, {}};
  weights.values.resize((dim + 1) * weights.columns());
  return weights;
}

size_t SoftmaxWeights::columns() const { return (classes + kMatmulColumns - 1) / kMatmulColumns * kMatmulColumns; }

SoftmaxWeights fit_softmax(const SoftmaxProblem& problem, SoftmaxWeights start, const SoftmaxOptions& options, std::stop_token stop) {
  SoftmaxLoss objective(problem, options);
  const Eigen::VectorXf from = Eigen::Map<const Eigen::VectorXf>(start.values.data(), static_cast<Eigen::Index>(start.values.size()));
  const Eigen::VectorXf solution = minimise_lbfgs(std::ref(objective), from, {.iterations_max = options.iterations_max}, stop);
  std::copy_n(solution.data(), start.values.size(), start.values.data());
  return start;
}

std::vector<float> softmax_scores(std::span<const float> rows, const SoftmaxWeights& weights) {
  const size_t columns = weights.columns(), count = weights.dim == 0 ? 0 : rows.size() / weights.dim;
  std::vector<float> block(kBlockRows * columns), scores(count * weights.classes);
  for (size_t first = 0; first < count; first += kBlockRows) {
    const size_t used = std::min(kBlockRows, count - first);
    for (size_t i = 0; i < used; ++i) std::copy_n(weights.values.data() + weights.dim * columns, columns, block.data() + i * columns);
    matmul_kernel().accumulate({rows.data() + first * weights.dim, used, weights.dim, weights.dim, 1}, weights.values.data(), block.data(), columns);
    for (size_t i = 0; i < used; ++i) std::copy_n(block.data() + i * columns, weights.classes, scores.data() + (first + i) * weights.classes);
  }
  return scores;
}

}  // namespace nozama
