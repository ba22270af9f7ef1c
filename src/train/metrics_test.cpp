#include "train/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "train/bootstrap.h"
#include "train/plain_logistic.h"
#include "train/retrieval_metrics.h"

namespace nozama {
namespace {

// features: H4
TEST(ReliabilityBins, HoldEquallyManyPredictionsAndAddUpToTheCalibrationError) {
  const std::vector<Confidence> outcomes = {{0.9, true}, {0.5, false}, {0.8, true}, {0.6, true}};
  const auto bins = reliability_bins(outcomes, 2);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].predictions, 2);
  EXPECT_NEAR(bins[0].confidence, 0.55, 1e-12);
  EXPECT_NEAR(bins[0].accuracy, 0.5, 1e-12);
  EXPECT_NEAR(bins[1].confidence, 0.85, 1e-12);
  EXPECT_NEAR(bins[1].accuracy, 1.0, 1e-12);
  EXPECT_NEAR(expected_calibration_error(outcomes, 2), (0.05 + 0.15) / 2, 1e-12);
  EXPECT_EQ(reliability_bins(outcomes, 10).size(), 4U);  // no bin is empty
  EXPECT_EQ(expected_calibration_error(std::vector<Confidence>{}), 0);
}

TEST(ReliabilityBins, DoNotDependOnTheOrderOfEqualConfidences) {
  const std::vector<Confidence> one = {{0.5, true}, {0.5, false}, {0.5, true}}, other = {{0.5, false}, {0.5, true}, {0.5, true}};
  EXPECT_EQ(expected_calibration_error(one, 2), expected_calibration_error(other, 2));
}

TEST(ConfusionMatrix, CountsEachLabelsPredictions) {
  const std::vector<Prediction> predictions = {{{0.9, 0.1}, 0}, {{0.8, 0.2}, 1}, {{0.3, 0.7}, 1}};
  EXPECT_EQ(confusion_matrix(predictions, 2), (std::vector<std::vector<int64_t>>{{1, 0}, {1, 1}}));
  const auto cells = confusion_cells(predictions);
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[1].label, 1U);
  EXPECT_EQ(cells[1].predicted, 0U);
  EXPECT_EQ(cells[1].predictions, 1);
}

// features: H4
TEST(RankedRelevance, MatchesHandComputedValues) {
  const RankedRelevance query{{true, false, true, false}, 3};
  EXPECT_DOUBLE_EQ(precision_at(query, 1), 1);
  EXPECT_DOUBLE_EQ(precision_at(query, 3), 2.0 / 3);
  EXPECT_DOUBLE_EQ(precision_at(query, 10), 2.0 / 4);  // four were there to be found
  EXPECT_DOUBLE_EQ(recall_at(query, 2), 1.0 / 3);
  EXPECT_DOUBLE_EQ(recall_at(query, 30), 2.0 / 3);
  EXPECT_DOUBLE_EQ(average_precision_at(query, 30), (1.0 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(average_precision_at(query, 2), 1.0 / 2);  // two places, three relevant rows
  EXPECT_DOUBLE_EQ(average_precision_at({{true, true}, 100}, 2), 1);
  EXPECT_DOUBLE_EQ(average_precision_at({{false}, 0}, 30), 0);
  EXPECT_DOUBLE_EQ(precision_at({{}, 0}, 10), 0);
}

Dataset rows(std::initializer_list<std::vector<float>> vectors, std::vector<size_t> labels, std::vector<int64_t> groups) {
  Dataset data;
  data.dim = 2;
  size_t i = 0;
  for (const auto& vector : vectors) {
    data.append(vector, labels[i], groups[i]);
    ++i;
  }
  return data;
}

TEST(NearestRows, AreTheBestByInnerProductAndSkipTheOwnGroupOnRequest) {
  const Dataset gallery = rows({{1, 0}, {0.8F, 0.6F}, {0, 1}, {-1, 0}}, {0, 0, 1, 1}, {1, 2, 3, 1});
  const Dataset queries = rows({{1, 0}}, {0}, {1});
  EXPECT_EQ(nearest_rows(gallery, queries, {.k = 3})[0], (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(nearest_rows(gallery, queries, {.k = 3, .skip_own_group = true})[0], (std::vector<size_t>{1, 2}));
  const auto all = relevance_by_label(gallery, queries, {.k = 3});
  EXPECT_EQ(all[0].relevant, (std::vector<bool>{true, true, false}));
  EXPECT_EQ(all[0].relevant_total, 2);
  EXPECT_EQ(relevance_by_label(gallery, queries, {.k = 3, .skip_own_group = true})[0].relevant_total, 1);
  EXPECT_TRUE(nearest_rows({.dim = 2}, queries)[0].empty());
}

TEST(NearestRows, EveryThreadCountFindsWhatASlowSearchFinds) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  Dataset gallery{.dim = 8}, queries{.dim = 8};
  for (int64_t i = 0; i < 300; ++i) {
    std::vector<float> row(8);
    for (float& value : row) value = normal(random);
    (i < 200 ? gallery : queries).append(row, 0, i);
  }
  const auto found = nearest_rows(gallery, queries, {.k = 5, .threads = 3});
  EXPECT_EQ(found, nearest_rows(gallery, queries, {.k = 5, .threads = 1}));
  for (size_t q = 0; q < queries.rows(); ++q) {
    std::vector<std::pair<float, size_t>> slow;
    for (size_t g = 0; g < gallery.rows(); ++g) {
      slow.emplace_back(-std::inner_product(queries.row(q).begin(), queries.row(q).end(), gallery.row(g).begin(), 0.0F), g);
    }
    std::sort(slow.begin(), slow.end());
    for (size_t k = 0; k < 5; ++k) EXPECT_EQ(found[q][k], slow[k].second);
  }
}

TEST(Bootstrap, IntervalOfAMeanIsThatOfTheTextbook) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal(2, 3);
  std::vector<double> values(400);
  for (double& value : values) value = normal(random);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 400;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double half = 1.96 * std::sqrt(squares / 400 / 400);
  const Interval interval = bootstrap_mean(values);
  EXPECT_NEAR(interval.low, mean - half, 0.1 * half);
  EXPECT_NEAR(interval.high, mean + half, 0.1 * half);
  const Interval again = bootstrap_mean(values);
  EXPECT_EQ(again.low, interval.low);
  const Interval constant = bootstrap_mean(std::vector<double>{0.5, 0.5});
  EXPECT_EQ(constant.low, 0.5);
  EXPECT_EQ(constant.high, 0.5);
}

// features: H4
TEST(Bootstrap, APairedDifferenceIsSignificantWhereItIsSteadyAndNotWhereItIsNoise) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> a(300), better(300), noisy(300);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = uniform(random);
    better[i] = a[i] + 0.02 + 0.01 * uniform(random);
    noisy[i] = a[i] + 0.2 * (uniform(random) - 0.5);
  }
  const PairedDifference steady = paired_bootstrap(a, better);
  EXPECT_NEAR(steady.difference, 0.025, 0.002);
  EXPECT_GT(steady.interval.low, 0.02);
  EXPECT_LT(steady.p, 0.01);
  const PairedDifference noise = paired_bootstrap(a, noisy);
  EXPECT_LT(noise.interval.low, 0);
  EXPECT_GT(noise.interval.high, 0);
  EXPECT_GT(noise.p, 0.05);
  EXPECT_EQ(paired_bootstrap(a, a).p, 1);
}

TEST(PlainLogistic, SeparatesWhatALineSeparates) {
  Dataset train{.dim = 2}, test{.dim = 2};
  for (int64_t i = 0; i < 40; ++i) {
    const float x = 0.5F + 0.01F * static_cast<float>(i);
    (i % 4 == 0 ? test : train).append(std::vector<float>{x, 1.5F - x}, i < 20 ? 0 : 1, i);
  }
  const auto predictions = plain_logistic(train, 2, test, 1, {});
  ASSERT_EQ(predictions.size(), test.rows());
  EXPECT_GE(accuracy(predictions), 0.9);
  for (const Prediction& prediction : predictions) EXPECT_NEAR(prediction.probabilities[0] + prediction.probabilities[1], 1, 1e-6);
}

TEST(McNemar, IsTheExactSignTestOfTheDisagreements) {
  EXPECT_NEAR(mcnemar_p(0, 5), 2.0 / 32, 1e-12);
  EXPECT_NEAR(mcnemar_p(2, 8), 2 * (1 + 10 + 45) / 1024.0, 1e-12);
  EXPECT_EQ(mcnemar_p(3, 3), 1);
  EXPECT_EQ(mcnemar_p(0, 0), 1);
  EXPECT_NEAR(mcnemar_p(400, 600), 2.7e-10, 1e-10);  // no overflow
}

}  // namespace
}  // namespace nozama
