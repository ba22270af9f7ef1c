#include "train/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace nozama {
namespace {

// std::uniform_int_distribution may differ between libraries; this does not. n < 2^32.
size_t draw_below(std::mt19937_64& random, size_t n) { return static_cast<size_t>((random() >> 32) * n >> 32); }

// The figure on each resample, ascending.
std::vector<double> resampled(size_t queries, const Statistic& statistic, const BootstrapOptions& options) {
  std::mt19937_64 random(options.seed);
  std::vector<size_t> sample(queries);
  std::vector<double> values;
  for (size_t round = 0; round < options.resamples; ++round) {
    for (size_t& position : sample) position = draw_below(random, queries);
    values.push_back(statistic(sample));
  }
  std::sort(values.begin(), values.end());
  return values;
}

Interval central_95(const std::vector<double>& ascending) {
  const auto at = [&ascending](double share) {
    const double place = share * static_cast<double>(ascending.size() - 1);
    const auto below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, ascending.size() - 1);
    return ascending[below] + (place - static_cast<double>(below)) * (ascending[above] - ascending[below]);
  };
  return {at(0.025), at(0.975)};
}

Statistic mean_of(std::span<const double> values) {
  return [values](std::span<const size_t> queries) {
    double sum = 0;
    for (const size_t i : queries) sum += values[i];
    return sum / static_cast<double>(queries.size());
  };
}

std::vector<size_t> everyone(size_t queries) {
  std::vector<size_t> positions(queries);
  std::iota(positions.begin(), positions.end(), size_t{0});
  return positions;
}

}  // namespace

Interval bootstrap_interval(size_t queries, const Statistic& statistic, const BootstrapOptions& options) {
  return central_95(resampled(queries, statistic, options));
}

Interval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) { return bootstrap_interval(values.size(), mean_of(values), options); }

MeasuredFigure measured_mean(std::span<const double> values) {
  if (values.empty()) return {};
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), bootstrap_mean(values)};
}

MeasuredFigure measured_share(int64_t successes, int64_t trials) {
  if (trials == 0) return {};
  const double share = static_cast<double>(successes) / static_cast<double>(trials);
  return {share, wilson_interval(share, trials)};
}

MeasuredFigure measured_calibration_error(const std::vector<Confidence>& outcomes) {
  if (outcomes.empty()) return {};
  const auto of_sample = [&outcomes](std::span<const size_t> sample) {
    std::vector<Confidence> drawn;
    for (const size_t i : sample) drawn.push_back(outcomes[i]);
    return expected_calibration_error(std::move(drawn));
  };
  return {expected_calibration_error(outcomes), bootstrap_interval(outcomes.size(), of_sample)};
}

PairedDifference paired_bootstrap(size_t queries, const Statistic& a, const Statistic& b, const BootstrapOptions& options) {
  const Statistic difference = [&a, &b](std::span<const size_t> sample) { return b(sample) - a(sample); };
  const std::vector<double> values = resampled(queries, difference, options);
  PairedDifference result;
  result.difference = difference(everyone(queries));
  result.interval = central_95(values);
  // One more on either side: so many resamples cannot show a probability of 0.
  const auto share = [&values](const auto& test) {
    return static_cast<double>(std::ranges::count_if(values, test) + 1) / static_cast<double>(values.size() + 1);
  };
  result.p = std::min(1.0, 2 * std::min(share([](double value) { return value <= 0; }), share([](double value) { return value >= 0; })));
  return result;
}

PairedDifference paired_bootstrap(std::span<const double> a, std::span<const double> b, const BootstrapOptions& options) {
  return paired_bootstrap(a.size(), mean_of(a), mean_of(b), options);
}

double mcnemar_p(int64_t only_first_right, int64_t only_second_right) {
  const int64_t n = only_first_right + only_second_right;
  const auto log_factorial = [](int64_t k) { return std::lgamma(static_cast<double>(k) + 1); };
  double tail = 0;
  for (int64_t k = 0; k <= std::min(only_first_right, only_second_right); ++k) {
    tail += std::exp(log_factorial(n) - log_factorial(k) - log_factorial(n - k) - static_cast<double>(n) * std::log(2.0));
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace nozama
