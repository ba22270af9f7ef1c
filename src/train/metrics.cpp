#include "train/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace nozama {
double recall_at(std::span<const int64_t> ranks, int64_t k) {
  if (ranks.empty()) return 0;
  const auto found = std::count_if(ranks.begin(), ranks.end(), [k](int64_t rank) { return rank > 0 && rank <= k; });
  return static_cast<double>(found) / static_cast<double>(ranks.size());
}

double mean_reciprocal_rank(std::span<const int64_t> ranks) {
  if (ranks.empty()) return 0;
  double sum = 0;
  for (const int64_t rank : ranks) sum += rank > 0 ? 1.0 / static_cast<double>(rank) : 0;
  return sum / static_cast<double>(ranks.size());
}

double random_recall_at(int64_t n, int64_t k) { return n <= 0 ? 0 : std::min(1.0, static_cast<double>(k) / static_cast<double>(n)); }

double random_reciprocal_rank(int64_t n) {
  double sum = 0;
  for (int64_t rank = 1; rank <= n; ++rank) sum += 1.0 / static_cast<double>(rank);
  return n <= 0 ? 0 : sum / static_cast<double>(n);
}

Interval wilson_interval(double share, int64_t trials) {
  constexpr double kZ = 1.959964;
  const auto n = static_cast<double>(trials);
  const double centre = (share + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(share * (1 - share) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

double accuracy(std::span<const Prediction> predictions, size_t top) {
  if (predictions.empty()) return 0;
  int64_t right = 0;
  for (const Prediction& prediction : predictions) {
    const double own = prediction.probabilities[prediction.label];
    const auto better = std::count_if(prediction.probabilities.begin(), prediction.probabilities.end(), [own](double p) { return p > own; });
    if (static_cast<size_t>(better) < top) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(predictions.size());
}

double macro_f1(std::span<const Prediction> predictions, size_t classes) {
  std::vector<double> right(classes), predicted(classes), actual(classes);
  for (const Prediction& prediction : predictions) {
    const size_t guess = predicted_class(prediction);
    ++predicted[guess];
    ++actual[prediction.label];
    if (guess == prediction.label) ++right[guess];
  }
  double sum = 0;
  int64_t occurring = 0;
  for (size_t c = 0; c < classes; ++c) {
    if (actual[c] == 0) continue;
    ++occurring;
    sum += 2 * right[c] / (predicted[c] + actual[c]);
  }
  return occurring == 0 ? 0 : sum / static_cast<double>(occurring);
}

size_t predicted_class(const Prediction& prediction) {
  return static_cast<size_t>(std::max_element(prediction.probabilities.begin(), prediction.probabilities.end()) - prediction.probabilities.begin());
}

std::vector<Confidence> confidences(std::span<const Prediction> predictions) {
  std::vector<Confidence> outcomes;
  for (const Prediction& prediction : predictions) {
    const size_t guess = predicted_class(prediction);
    outcomes.push_back({prediction.probabilities[guess], guess == prediction.label});
  }
  return outcomes;
}

std::vector<ReliabilityBin> reliability_bins(std::vector<Confidence> outcomes, size_t bins) {
  // Equal confidences in an order of their own: the bins must not depend on the order of the queries.
  std::sort(outcomes.begin(), outcomes.end(),
            [](const Confidence& a, const Confidence& b) { return std::pair(a.confidence, a.right) < std::pair(b.confidence, b.right); });
  std::vector<ReliabilityBin> result;
  for (size_t bin = 0; bin < bins; ++bin) {
    const size_t first = outcomes.size() * bin / bins, last = outcomes.size() * (bin + 1) / bins;
    if (first == last) continue;
    ReliabilityBin sum;
    for (size_t i = first; i < last; ++i) {
      sum.confidence += outcomes[i].confidence;
      sum.accuracy += outcomes[i].right ? 1 : 0;
    }
    const auto n = static_cast<double>(last - first);
    result.push_back({static_cast<int64_t>(last - first), sum.confidence / n, sum.accuracy / n});
  }
  return result;
}

double expected_calibration_error(std::span<const Prediction> predictions, size_t bins) { return expected_calibration_error(confidences(predictions), bins); }

double expected_calibration_error(std::vector<Confidence> outcomes, size_t bins) {
  if (outcomes.empty()) return 0;
  const auto n = static_cast<double>(outcomes.size());
  double error = 0;
  for (const ReliabilityBin& bin : reliability_bins(std::move(outcomes), bins)) {
    error += static_cast<double>(bin.predictions) / n * std::abs(bin.confidence - bin.accuracy);
  }
  return error;
}

std::vector<ConfusionCell> confusion_cells(std::span<const Prediction> predictions) {
  std::map<std::pair<size_t, size_t>, int64_t> count;
  for (const Prediction& prediction : predictions) ++count[{prediction.label, predicted_class(prediction)}];
  std::vector<ConfusionCell> cells;
  for (const auto& [cell, number] : count) cells.push_back({cell.first, cell.second, number});
  return cells;
}

std::vector<std::vector<int64_t>> confusion_matrix(std::span<const Prediction> predictions, size_t classes) {
  std::vector counts(classes, std::vector<int64_t>(classes));
  for (const Prediction& prediction : predictions) ++counts[prediction.label][predicted_class(prediction)];
  return counts;
}

double percentile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  const auto rank = static_cast<size_t>(std::clamp(std::ceil(p * static_cast<double>(values.size())) - 1, 0.0, static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

}  // namespace nozama
