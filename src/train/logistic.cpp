#include "train/logistic.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/lbfgs.h"

namespace nozama {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Matrix unit_rows(const Dataset& data) {
  Matrix rows = Eigen::Map<const Matrix>(data.features.data(), static_cast<Eigen::Index>(data.rows()), static_cast<Eigen::Index>(data.dim));
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const float length = rows.row(i).norm();
    if (length > 0) rows.row(i) /= length;
  }
  return rows;
}

struct Problem {
  const Matrix& rows;  // unit length
  std::vector<size_t> chosen;
  const std::vector<size_t>& labels;
  size_t classes;
};

std::vector<float> row_weights(const Problem& problem, bool by_class) {
  std::vector<float> weights(problem.chosen.size(), 1.0F);
  if (!by_class) return weights;
  std::vector<double> count(problem.classes);
  for (const size_t i : problem.chosen) ++count[problem.labels[i]];
  double total = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(1 / std::sqrt(count[problem.labels[problem.chosen[i]]]));
    total += static_cast<double>(weights[i]);
  }
  for (float& weight : weights) weight *= static_cast<float>(static_cast<double>(weights.size()) / total);
  return weights;
}

// The last column holds the biases, which are not penalised.
Matrix fit(const Problem& problem, double lambda, const HeadTrainingOptions& options, std::stop_token stop) {
  const auto n = static_cast<Eigen::Index>(problem.chosen.size());
  const Eigen::Index d = problem.rows.cols(), classes = static_cast<Eigen::Index>(problem.classes);
  Matrix x(n, d);
  for (Eigen::Index i = 0; i < n; ++i) x.row(i) = problem.rows.row(static_cast<Eigen::Index>(problem.chosen[static_cast<size_t>(i)]));
  const std::vector<float> weights = row_weights(problem, options.class_weights);

  const auto objective = [&](const Eigen::VectorXf& point, Eigen::VectorXf& gradient) {
    const Eigen::Map<const Matrix> w(point.data(), classes, d + 1);
    Matrix scores = x * w.leftCols(d).transpose();
    scores.rowwise() += w.col(d).transpose();
    double loss = 0;
    for (Eigen::Index i = 0; i < n; ++i) {
      auto row = scores.row(i);
      const auto label = static_cast<Eigen::Index>(problem.labels[problem.chosen[static_cast<size_t>(i)]]);
      row.array() -= row.maxCoeff();
      const float own = row(label);
      row = row.array().exp();
      const float sum = row.sum();
      const float weight = weights[static_cast<size_t>(i)];
      loss += static_cast<double>(weight) * (std::log(static_cast<double>(sum)) - static_cast<double>(own));
      row *= weight / sum;
      row(label) -= weight;
    }
    gradient.resize(point.size());
    Eigen::Map<Matrix> g(gradient.data(), classes, d + 1);
    const float scale = 1 / static_cast<float>(n);
    g.leftCols(d).noalias() = scale * (scores.transpose() * x) + static_cast<float>(lambda) * w.leftCols(d);
    g.col(d) = scale * scores.colwise().sum().transpose();
    return loss / static_cast<double>(n) + 0.5 * lambda * static_cast<double>(w.leftCols(d).squaredNorm());
  };
  const Eigen::VectorXf solution = minimise_lbfgs(objective, Eigen::VectorXf::Zero(classes * (d + 1)), {.iterations_max = options.iterations_max}, stop);
  return Eigen::Map<const Matrix>(solution.data(), classes, d + 1);
}

// rows × classes, before any temperature.
Matrix scores_of(const Matrix& rows, const std::vector<size_t>& chosen, const Matrix& w) {
  Matrix scores(static_cast<Eigen::Index>(chosen.size()), w.rows());
  for (size_t i = 0; i < chosen.size(); ++i) {
    scores.row(static_cast<Eigen::Index>(i)) = (w.leftCols(w.cols() - 1) * rows.row(static_cast<Eigen::Index>(chosen[i])).transpose() + w.col(w.cols() - 1)).transpose();
  }
  return scores;
}

double cross_entropy(const Matrix& scores, const std::vector<size_t>& labels, double temperature) {
  double loss = 0;
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    const std::vector<double> p = softmax(std::span(scores.row(i).data(), static_cast<size_t>(scores.cols())), temperature);
    loss -= std::log(std::max(1e-12, p[labels[static_cast<size_t>(i)]]));
  }
  return loss / static_cast<double>(scores.rows());
}

// Golden-section search on the logarithm of the temperature: the loss has one minimum.
double fit_temperature(const Matrix& scores, const std::vector<size_t>& labels) {
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

std::vector<size_t> rows_where(const std::vector<size_t>& fold, size_t wanted, bool equal) {
  std::vector<size_t> rows;
  for (size_t i = 0; i < fold.size(); ++i) {
    if ((fold[i] == wanted) == equal) rows.push_back(i);
  }
  return rows;
}

struct CrossValidation {
  double lambda = 0;
  Matrix scores;  // of every row, by the fold that did not see it
};

class Trainer {
 public:
  Trainer(const Dataset& data, size_t classes, const HeadTrainingOptions& options, const TrainingProgress& progress, std::stop_token stop)
      : data_(data), classes_(classes), options_(options), progress_(progress), stop_(std::move(stop)), rows_(unit_rows(data)) {
    total_ = static_cast<int64_t>(options.lambdas.size() * options.folds) + 1;
  }

  CrossValidation cross_validate() {
    const std::vector<size_t> fold = assign_folds(data_, options_.folds, options_.seed);
    CrossValidation best;
    double best_loss = std::numeric_limits<double>::infinity();
    for (const double lambda : options_.lambdas) {
      Matrix scores(rows_.rows(), static_cast<Eigen::Index>(classes_));
      for (size_t f = 0; f < options_.folds; ++f) {
        const std::vector<size_t> seen = rows_where(fold, f, false), unseen = rows_where(fold, f, true);
        if (!seen.empty() && !unseen.empty()) {
          const Matrix part = scores_of(rows_, unseen, fit_rows(seen, lambda));
          for (size_t i = 0; i < unseen.size(); ++i) scores.row(static_cast<Eigen::Index>(unseen[i])) = part.row(static_cast<Eigen::Index>(i));
        }
        if (progress_) progress_(++done_, total_);
      }
      const double loss = cross_entropy(scores, data_.labels, fit_temperature(scores, data_.labels));
      if (loss < best_loss) {
        best_loss = loss;
        best = {lambda, std::move(scores)};
      }
    }
    return best;
  }

  Matrix fit_all(double lambda) {
    std::vector<size_t> all(data_.rows());
    std::iota(all.begin(), all.end(), size_t{0});
    Matrix weights = fit_rows(all, lambda);
    if (progress_) progress_(total_, total_);
    return weights;
  }

 private:
  Matrix fit_rows(const std::vector<size_t>& chosen, double lambda) const { return fit({rows_, chosen, data_.labels, classes_}, lambda, options_, stop_); }

  const Dataset& data_;
  size_t classes_;
  const HeadTrainingOptions& options_;
  const TrainingProgress& progress_;
  std::stop_token stop_;
  Matrix rows_;
  int64_t done_ = 0, total_ = 0;
};

void fill_report(const Matrix& scores, const std::vector<size_t>& labels, size_t classes, HeadTrainingReport& report) {
  for (Eigen::Index i = 0; i < scores.rows(); ++i) {
    report.held_out.push_back({softmax(std::span(scores.row(i).data(), classes), report.temperature), labels[static_cast<size_t>(i)]});
  }
  report.accuracy = accuracy(report.held_out);
  report.top3_accuracy = accuracy(report.held_out, 3);
  report.macro_f1 = macro_f1(report.held_out, classes);
  report.expected_calibration_error = expected_calibration_error(report.held_out);
}

}  // namespace

Result<TrainedHead> train_head(const Dataset& data, size_t classes, const HeadTrainingOptions& options, const TrainingProgress& progress, std::stop_token stop) {
  if (classes < 2 || data.rows() < 2) return fail(ErrorCode::kInvalidArgument, "one_class", "a category head needs pictures of at least two categories");
  Trainer trainer(data, classes, options, progress, stop);
  const CrossValidation validation = trainer.cross_validate();
  TrainedHead trained;
  trained.report.lambda = validation.lambda;
  trained.report.temperature = fit_temperature(validation.scores, data.labels);
  fill_report(validation.scores, data.labels, classes, trained.report);
  const Matrix weights = trainer.fit_all(validation.lambda);
  if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled", "training was stopped; the serving head stays");

  LinearHead& head = trained.head;
  head.dim = static_cast<int>(data.dim);
  head.normalise_input = true;
  head.temperature = static_cast<float>(trained.report.temperature);
  for (size_t c = 0; c < classes; ++c) {
    const auto row = weights.row(static_cast<Eigen::Index>(c));
    head.class_ids.push_back(static_cast<int64_t>(c));
    head.weights.insert(head.weights.end(), row.data(), row.data() + data.dim);
    head.bias.push_back(row(static_cast<Eigen::Index>(data.dim)));
  }
  return trained;
}

}  // namespace nozama
