// How sure is a figure: intervals and paired tests by resampling the queries (Efron & Tibshirani, 1993).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "train/metrics.h"

namespace nozama {

struct BootstrapOptions {
  uint64_t seed = 1;
  size_t resamples = 2000;
};

// A figure of a multiset of queries, given by their positions.
using Statistic = std::function<double(std::span<const size_t> queries)>;

// The 95 % percentile interval of the figure over `queries` > 0 queries drawn with replacement. The same for the same seed.
Interval bootstrap_interval(size_t queries, const Statistic& statistic, const BootstrapOptions& options = {});
// The same of a mean over the queries.
Interval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

// A figure with its 95 % interval.
struct MeasuredFigure {
  double value = 0;
  Interval interval;
};
// The mean with its bootstrap interval; 0 for no values.
MeasuredFigure measured_mean(std::span<const double> values);
// The share with Wilson's interval; 0 for no trials.
MeasuredFigure measured_share(int64_t successes, int64_t trials);
// Over equal-mass bins, with its bootstrap interval over the predictions.
MeasuredFigure measured_calibration_error(const std::vector<Confidence>& outcomes);

// b less a, both measured on the same queries.
struct PairedDifference {
  double difference = 0;
  Interval interval;  // 95 %
  double p = 1;       // two-sided: how probable so large a difference is where there is none
};
PairedDifference paired_bootstrap(size_t queries, const Statistic& a, const Statistic& b, const BootstrapOptions& options = {});
PairedDifference paired_bootstrap(std::span<const double> a, std::span<const double> b, const BootstrapOptions& options = {});

// McNemar's exact two-sided test: of the queries on which two classifiers disagree, how many each has right (McNemar 1947).
double mcnemar_p(int64_t only_first_right, int64_t only_second_right);

}  // namespace nozama
