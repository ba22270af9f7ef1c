// How good is it: the field's standard figures, as plain functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

// Ranks count from 1; 0 = not found. Shares of the queries, 0 for no queries.
double recall_at(std::span<const int64_t> ranks, int64_t k);
double mean_reciprocal_rank(std::span<const int64_t> ranks);

// Expected recall@k and reciprocal rank of one relevant item among n in random order.
double random_recall_at(int64_t n, int64_t k);
double random_reciprocal_rank(int64_t n);

// The 95 % interval of a share (Wilson, JASA 1927). trials > 0.
struct Interval {
  double low = 0, high = 0;
};
Interval wilson_interval(double share, int64_t trials);

// One classified example: the probability of each class, and the right one's position.
struct Prediction {
  std::vector<double> probabilities;
  size_t label = 0;
};
double accuracy(std::span<const Prediction> predictions, size_t top = 1);
// Mean over the classes that occur of the harmonic mean of precision and recall.
double macro_f1(std::span<const Prediction> predictions, size_t classes);
// Expected calibration error over bins of equal mass (Nixon et al., CVPR-W 2019): mean |confidence − accuracy|.
double expected_calibration_error(std::span<const Prediction> predictions, size_t bins = 10);

// The class with the greatest probability, the first of equal ones.
size_t predicted_class(const Prediction& prediction);

// A prediction as calibration sees it.
struct Confidence {
  double confidence = 0;  // of the predicted class
  bool right = false;
};
std::vector<Confidence> confidences(std::span<const Prediction> predictions);
double expected_calibration_error(std::vector<Confidence> outcomes, size_t bins = 10);

// One bin of the reliability diagram; the bins of the calibration error, least confident first.
struct ReliabilityBin {
  int64_t predictions = 0;
  double confidence = 0, accuracy = 0;  // means
};
std::vector<ReliabilityBin> reliability_bins(std::vector<Confidence> outcomes, size_t bins = 10);

// counts[label][predicted]
std::vector<std::vector<int64_t>> confusion_matrix(std::span<const Prediction> predictions, size_t classes);

// The cells of the confusion matrix that are not 0, by label, then by predicted class.
struct ConfusionCell {
  size_t label = 0, predicted = 0;
  int64_t predictions = 0;
};
std::vector<ConfusionCell> confusion_cells(std::span<const Prediction> predictions);

// p in 0..1 of the values; 0 for none. Nearest rank.
double percentile(std::vector<double> values, double p);

}  // namespace nozama
