#include "train/logistic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "train/softmax_fit.h"

namespace nozama {
namespace {

// Scaled rows less their mean, times a common factor, in the order of `order`. With free biases and the penalty
// divided by the factor's square this has the same solution as the scaled rows, in a fraction of the steps.
struct CentredRows {
  std::vector<float> values;
  std::vector<double> mean;
  double factor = 1;
  InputScale scale = InputScale::kLength;
};

CentredRows centred_rows(const Dataset& data, std::span<const size_t> order) {
  CentredRows rows;
  rows.mean.resize(data.dim);
  rows.values.reserve(data.features.size());
  rows.scale = suited_scale(data.features);
  for (const size_t i : order) {
    const std::vector<float> row = scaled(data.row(i), rows.scale);
    rows.values.insert(rows.values.end(), row.begin(), row.end());
    for (size_t j = 0; j < data.dim; ++j) rows.mean[j] += row[j] / static_cast<double>(data.rows());
  }
  double variance = 0;
  for (size_t k = 0; k < rows.values.size(); ++k) {
    const double centred = rows.values[k] - rows.mean[k % data.dim];
    rows.values[k] = static_cast<float>(centred);
    variance += centred * centred;
  }
  variance /= static_cast<double>(rows.values.size());
  if (variance > 0) rows.factor = 1 / std::sqrt(variance);
  for (float& value : rows.values) value *= static_cast<float>(rows.factor);
  return rows;
}

// 1 / sqrt(size) of each class, scaled to mean 1 over the rows.
std::vector<float> class_importance(std::span<const size_t> labels, size_t classes, bool by_size) {
  std::vector<float> importance(classes, 1.0F);
  if (!by_size) return importance;
  std::vector<double> count(classes);
  for (const size_t label : labels) ++count[label];
  double total = 0;
  for (const double n : count) total += std::sqrt(n);
  for (size_t c = 0; c < classes; ++c) {
    if (count[c] > 0) importance[c] = static_cast<float>(static_cast<double>(labels.size()) / (total * std::sqrt(count[c])));
  }
  return importance;
}

// The covariance of rows within their classes, of all folds but one, half way to a multiple of the identity and beyond: as the metric of the penalty
// it forbids a head to weigh the directions in which pictures of one class differ, as discriminant analysis does (Friedman, JASA 1989).
class WithinClasses {
 public:
  // `first_of_fold` has an entry more than there are folds.
  WithinClasses(std::span<const float> rows, size_t dim, std::span<const size_t> labels, size_t classes, const std::vector<size_t>& first_of_fold)
      : dim_(static_cast<Eigen::Index>(dim)) {
    for (size_t f = 0; f + 1 < first_of_fold.size(); ++f) {
      Fold& fold = folds_.emplace_back(Fold{Eigen::MatrixXf::Zero(dim_, dim_), Eigen::MatrixXf::Zero(dim_, static_cast<Eigen::Index>(classes)),
                                            Eigen::VectorXf::Zero(static_cast<Eigen::Index>(classes))});
      const auto count = static_cast<Eigen::Index>(first_of_fold[f + 1] - first_of_fold[f]);
      const Eigen::Map<const Eigen::MatrixXf> columns(rows.data() + first_of_fold[f] * dim, dim_, count);
      fold.products.selfadjointView<Eigen::Lower>().rankUpdate(columns);
      for (Eigen::Index i = 0; i < count; ++i) {
        const auto label = static_cast<Eigen::Index>(labels[first_of_fold[f] + static_cast<size_t>(i)]);
        fold.sums.col(label) += columns.col(i);
        fold.counts(label) += 1;
      }
    }
  }

  // `left_out` = the number of folds: none.
  Eigen::MatrixXf metric_without(size_t left_out) const {
    Eigen::MatrixXf products = Eigen::MatrixXf::Zero(dim_, dim_), sums = Eigen::MatrixXf::Zero(dim_, folds_[0].sums.cols());
    Eigen::VectorXf counts = Eigen::VectorXf::Zero(sums.cols());
    for (size_t f = 0; f < folds_.size(); ++f) {
      if (f == left_out) continue;
      products += folds_[f].products;
      sums += folds_[f].sums;
      counts += folds_[f].counts;
    }
    const Eigen::VectorXf scale = counts.cwiseMax(1).cwiseSqrt().cwiseInverse();
    products.selfadjointView<Eigen::Lower>().rankUpdate(sums * scale.asDiagonal(), -1);
    const float mean = products.trace() / static_cast<float>(dim_);
    products *= mean > 0 ? (1 - kShrinkage) / mean : 0;
    products.diagonal().array() += kShrinkage;
    products.triangularView<Eigen::StrictlyUpper>() = products.transpose();
    return products;
  }

 private:
  static constexpr float kShrinkage = 0.8F;  // docs/decisions/0050-relations.md
  struct Fold {
    Eigen::MatrixXf products, sums;  // dim × dim (its lower half), dim × classes
    Eigen::VectorXf counts;
  };
  Eigen::Index dim_;
  std::vector<Fold> folds_;
};

// rows × classes.
using Scores = std::vector<float>;

double cross_entropy(const Scores& scores, std::span<const size_t> labels, double temperature) {
  const size_t classes = scores.size() / labels.size();
  double loss = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const float* row = scores.data() + i * classes;
    const float largest = *std::max_element(row, row + classes);
    double sum = 0;
    for (size_t c = 0; c < classes; ++c) sum += std::exp(static_cast<double>(row[c] - largest) / temperature);
    loss += std::log(sum) - static_cast<double>(row[labels[i]] - largest) / temperature;
  }
  return loss / static_cast<double>(labels.size());
}

// Golden-section search on the logarithm of the temperature: the loss has one minimum.
double fit_temperature(const Scores& scores, std::span<const size_t> labels) {
  const double ratio = (std::sqrt(5.0) - 1) / 2;
  double low = std::log(0.05), high = std::log(20.0);
  for (int i = 0; i < 40; ++i) {
    const double a = high - ratio * (high - low), b = low + ratio * (high - low);
    if (cross_entropy(scores, labels, std::exp(a)) < cross_entropy(scores, labels, std::exp(b))) {
      high = b;
    } else {
      low = a;
    }
  }
  return std::exp((low + high) / 2);
}

struct CrossValidation {
  double lambda = 0, temperature = 1;
  Scores scores;  // of every row, by the fold that did not see it
};

// Works on rows sorted by fold, so that leaving one out leaves one or two ranges.
class Trainer {
 public:
  Trainer(const Dataset& data, size_t classes, const HeadTrainingOptions& options, const TrainingProgress& progress, std::stop_token stop)
      : classes_(classes),
        dim_(data.dim),
        options_(options),
        progress_(progress),
        stop_(std::move(stop)),
        order_(data.rows()),
        first_of_fold_(options.folds + 1) {
    const std::vector<size_t> fold = assign_folds(data, options.folds, options.seed);
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return fold[a] < fold[b]; });
    for (const size_t f : fold) ++first_of_fold_[f + 1];
    std::partial_sum(first_of_fold_.begin(), first_of_fold_.end(), first_of_fold_.begin());
    for (const size_t i : order_) labels_.push_back(data.labels[i]);
    importance_ = class_importance(labels_, classes, options.class_weights);
    rows_ = centred_rows(data, order_);
    within_.emplace(rows_.values, dim_, labels_, classes, first_of_fold_);
    // Strong penalties first: each solution is a good start for the next.
    std::sort(options_.lambdas.rbegin(), options_.lambdas.rend());
    total_ = static_cast<int64_t>(options_.lambdas.size() * options_.folds) + 1;
  }

  // Along the path from strong to weak penalties, each solution the start of the next, until the held-out loss rises: an early stop
  // whose place all folds choose together.
  CrossValidation cross_validate() {
    std::vector<SoftmaxWeights> weights(options_.folds, SoftmaxWeights::zeros(dim_, classes_));
    std::vector<Eigen::MatrixXf> metrics;
    for (size_t f = 0; f < options_.folds; ++f) metrics.push_back(within_->metric_without(f));
    CrossValidation best;
    double best_loss = std::numeric_limits<double>::infinity();
    for (const double lambda : options_.lambdas) {
      Scores scores = held_out_scores(lambda, weights, metrics);
      if (stop_.stop_requested()) return best;
      const double temperature = fit_temperature(scores, labels_), loss = cross_entropy(scores, labels_, temperature);
      if (loss >= best_loss) break;
      best_loss = loss;
      best = {lambda, temperature, std::move(scores)};
    }
    return best;
  }

  // Of all rows, in the terms of scaled rows.
  LinearHead fit_all(double lambda, double temperature) {
    const SoftmaxWeights weights = fit({{0, labels_.size()}}, SoftmaxWeights::zeros(dim_, classes_), lambda, within_->metric_without(options_.folds));
    LinearHead head;
    head.dim = static_cast<int>(dim_);
    head.scale = rows_.scale;
    head.temperature = static_cast<float>(temperature);
    for (size_t c = 0; c < classes_; ++c) {
      double bias = weights.values[dim_ * weights.columns() + c];
      for (size_t j = 0; j < dim_; ++j) {
        const double weight = weights.values[j * weights.columns() + c] * rows_.factor;
        head.weights.push_back(static_cast<float>(weight));
        bias -= weight * rows_.mean[j];
      }
      head.class_ids.push_back(static_cast<int64_t>(c));
      head.bias.push_back(static_cast<float>(bias));
    }
    if (progress_) progress_(total_, total_);
    return head;
  }

  // The predictions of cross-validation, in the order of the data set.
  std::vector<Prediction> predictions(const CrossValidation& validation) const {
    std::vector<Prediction> result(labels_.size());
    for (size_t i = 0; i < labels_.size(); ++i) {
      result[order_[i]] = {softmax(std::span(validation.scores).subspan(i * classes_, classes_), validation.temperature), labels_[i]};
    }
    return result;
  }

 private:
  // Of every row, by the fold that did not see it; `weights` are the folds' solutions of the penalty before.
  Scores held_out_scores(double lambda, std::vector<SoftmaxWeights>& weights, const std::vector<Eigen::MatrixXf>& metrics) {
    const size_t rows = labels_.size();
    Scores scores(rows * classes_);
    for (size_t f = 0; f < options_.folds && !stop_.stop_requested(); ++f) {
      const size_t first = first_of_fold_[f], last = first_of_fold_[f + 1];
      weights[f] = fit({{0, first}, {last, rows}}, std::move(weights[f]), lambda, metrics[f]);
      const Scores part = softmax_scores(std::span(rows_.values).subspan(first * dim_, (last - first) * dim_), weights[f]);
      std::copy(part.begin(), part.end(), scores.begin() + static_cast<std::ptrdiff_t>(first * classes_));
      if (progress_) progress_(++done_, total_);
    }
    return scores;
  }

  SoftmaxWeights fit(std::vector<std::pair<size_t, size_t>> ranges, SoftmaxWeights start, double lambda, const Eigen::MatrixXf& metric) const {
    const SoftmaxProblem problem{rows_.values, dim_, labels_, importance_, classes_, std::move(ranges)};
    return fit_softmax(problem, std::move(start), {lambda * rows_.factor * rows_.factor, &metric, options_.iterations_max, options_.threads}, stop_);
  }

  size_t classes_, dim_;
  HeadTrainingOptions options_;
  const TrainingProgress& progress_;
  std::stop_token stop_;
  std::vector<size_t> order_;          // of the data set's rows, by fold
  std::vector<size_t> first_of_fold_;  // in order_
  std::vector<size_t> labels_;         // in order_
  std::vector<float> importance_;
  CentredRows rows_;
  std::optional<WithinClasses> within_;
  int64_t done_ = 0, total_ = 0;
};

Status check(const Dataset& data, size_t classes, const HeadTrainingOptions& options) {
  if (classes < 2 || data.rows() < 2) return fail(ErrorCode::kInvalidArgument, "one_class", "a category head needs pictures of at least two categories");
  if (options.folds < 2 || options.lambdas.empty()) abort_with("cross-validation needs two folds and a penalty to try");
  if (data.dim == 0 || data.features.size() != data.rows() * data.dim || data.groups.size() != data.rows()) abort_with("the data set's parts differ in length");
  if (std::ranges::any_of(data.labels, [classes](size_t label) { return label >= classes; })) abort_with("a label is not one of the classes");
  if (!std::ranges::all_of(data.features, [](float value) { return std::isfinite(value); })) {
    return fail(ErrorCode::kInvalidArgument, "bad_embedding", "an embedding has a number that is not finite");
  }
  return {};
}

}  // namespace

Result<TrainedHead> train_head(const Dataset& data, size_t classes, const HeadTrainingOptions& options, const TrainingProgress& progress,
                               std::stop_token stop) {
  const Status checked = check(data, classes, options);
  if (!checked) return propagate(checked);
  const auto cancelled = [] { return fail(ErrorCode::kCancelled, "cancelled", "training was stopped; the serving head stays"); };
  Trainer trainer(data, classes, options, progress, stop);
  const CrossValidation validation = trainer.cross_validate();
  if (stop.stop_requested()) return cancelled();
  TrainedHead trained;
  HeadTrainingReport& report = trained.report;
  report.lambda = validation.lambda;
  report.temperature = validation.temperature;
  report.held_out = trainer.predictions(validation);
  report.accuracy = accuracy(report.held_out);
  report.top3_accuracy = accuracy(report.held_out, 3);
  report.macro_f1 = macro_f1(report.held_out, classes);
  report.expected_calibration_error = expected_calibration_error(report.held_out);
  trained.head = trainer.fit_all(validation.lambda, validation.temperature);
  if (stop.stop_requested()) return cancelled();
  return trained;
}

}  // namespace nozama
