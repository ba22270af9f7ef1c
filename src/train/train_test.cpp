#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "train/calibration.h"
#include "train/logistic.h"
#include "train/metrics.h"
#include "train/projection.h"

namespace nozama {
namespace {

// Classes around centres, so close that some examples lie on the wrong side.
Dataset clustered(size_t rows, size_t classes, size_t dim, float noise, uint64_t seed) {
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> centres(classes, std::vector<float>(dim));
  for (auto& centre : centres) {
    for (float& value : centre) value = normal(random);
  }
  Dataset data;
  data.dim = dim;
  for (size_t i = 0; i < rows; ++i) {
    std::vector<float> row = centres[i % classes];
    for (float& value : row) value += noise * normal(random);
    data.append(row, i % classes, static_cast<int64_t>(i / 2));  // pairs of rows belong together
  }
  return data;
}

// features: B3 B4
TEST(TrainHead, LearnsClassesAndItsProbabilitiesAreCalibrated) {
  const Dataset data = clustered(1200, 6, 32, 1.6F, 1);
  const auto trained = train_head(data, 6, {}, nullptr, {});
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_GT(trained->report.accuracy, 0.85);
  EXPECT_GE(trained->report.top3_accuracy, trained->report.accuracy);
  EXPECT_LT(trained->report.expected_calibration_error, 0.05);
  EXPECT_EQ(trained->report.held_out.size(), data.rows());
  int right = 0;
  for (size_t i = 0; i < data.rows(); ++i) {
    const auto p = trained->head.probabilities(data.row(i));
    right += std::max_element(p.begin(), p.end()) - p.begin() == static_cast<std::ptrdiff_t>(data.labels[i]) ? 1 : 0;
  }
  EXPECT_GT(right, 1000);
}

TEST(TrainHead, TheSameSeedGivesTheSameHead) {
  const Dataset data = clustered(200, 3, 16, 1.0F, 2);
  EXPECT_EQ(train_head(data, 3, {.seed = 7}, nullptr, {})->head, train_head(data, 3, {.seed = 7}, nullptr, {})->head);
}

TEST(TrainHead, OneClassIsRefusedAndAClassWithOnePictureIsNot) {
  Dataset data = clustered(60, 2, 8, 0.3F, 3);
  std::fill(data.labels.begin(), data.labels.end(), size_t{0});
  EXPECT_EQ(train_head(data, 1, {}, nullptr, {}).error().reason, "one_class");
  data = clustered(60, 2, 8, 0.3F, 3);
  data.append(std::vector<float>(8, 5.0F), 2, 1000);
  EXPECT_TRUE(train_head(data, 3, {}, nullptr, {}));
}

TEST(TrainHead, ItStopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(train_head(clustered(60, 2, 8, 0.3F, 3), 2, {}, nullptr, stop.get_token()).error().code, ErrorCode::kCancelled);
}

TEST(Folds, AProductIsNeverSplitAndFoldsAreEven) {
  const Dataset data = clustered(1000, 5, 4, 1.0F, 4);
  const auto fold = assign_folds(data, 5, 1);
  std::map<int64_t, size_t> fold_of;
  std::vector<int> sizes(5);
  for (size_t i = 0; i < data.rows(); ++i) {
    EXPECT_EQ(fold_of.try_emplace(data.groups[i], fold[i]).first->second, fold[i]);
    ++sizes[fold[i]];
  }
  for (const int size : sizes) EXPECT_NEAR(size, 200, 30);
}

TEST(Projection, PcaKeepsTheDirectionsOfVariance) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  constexpr size_t kDim = 16;
  std::vector<float> rows;
  for (int i = 0; i < 500; ++i) {
    for (size_t j = 0; j < kDim; ++j) rows.push_back(j == 3 ? 4 * normal(random) : (j == 9 ? 2 * normal(random) : 0.05F * normal(random)));
  }
  const Projection projection = fit_pca(rows, kDim, 2);
  EXPECT_GT(std::abs(projection.matrix[3]), 0.99F);
  EXPECT_GT(std::abs(projection.matrix[kDim + 9]), 0.99F);
  const auto vector = projection.apply(std::span(rows).first(kDim));
  EXPECT_NEAR(vector[0] * vector[0] + vector[1] * vector[1], 1.0F, 1e-4F);
}

TEST(Projection, AFewComponentsOfManyDimensionsAreThoseOfAllOfThem) {
  constexpr size_t kDim = 300, kFew = 20;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> rows(600 * kDim);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = normal(random) / static_cast<float>(1 + i % kDim);
  const Projection few = fit_pca(rows, kDim, kFew), all = fit_pca(rows, kDim, kDim);
  for (size_t axis = 0; axis < kFew; ++axis) {
    float cosine = 0;
    for (size_t i = 0; i < kDim; ++i) cosine += few.matrix[axis * kDim + i] * all.matrix[axis * kDim + i];
    EXPECT_GT(cosine, 0.99F) << axis;
  }
}

TEST(Metrics, MatchHandComputedValues) {
  const std::vector<int64_t> ranks = {1, 3, 0, 10};
  EXPECT_DOUBLE_EQ(recall_at(ranks, 1), 0.25);
  EXPECT_DOUBLE_EQ(recall_at(ranks, 5), 0.5);
  EXPECT_NEAR(mean_reciprocal_rank(ranks), (1 + 1.0 / 3 + 0.1) / 4, 1e-12);
  EXPECT_DOUBLE_EQ(random_recall_at(20, 5), 0.25);
  EXPECT_NEAR(random_reciprocal_rank(2), 0.75, 1e-12);
  const Interval interval = wilson_interval(0.8, 10);  // published example: 0.490 to 0.943
  EXPECT_NEAR(interval.low, 0.490, 0.001);
  EXPECT_NEAR(interval.high, 0.943, 0.001);
  const std::vector<Prediction> predictions = {{{0.9, 0.1}, 0}, {{0.8, 0.2}, 1}, {{0.3, 0.7}, 1}, {{0.4, 0.6}, 1}};
  EXPECT_DOUBLE_EQ(accuracy(predictions), 0.75);
  EXPECT_DOUBLE_EQ(accuracy(predictions, 2), 1.0);
  EXPECT_NEAR(macro_f1(predictions, 2), (2.0 / 3 + 0.8) / 2, 1e-12);
  EXPECT_NEAR(expected_calibration_error(predictions, 2), (std::abs(1.3 - 2) + std::abs(1.7 - 1)) / 4, 1e-12);
  EXPECT_DOUBLE_EQ(percentile({3, 1, 2, 4}, 0.5), 2);
  EXPECT_DOUBLE_EQ(percentile({}, 0.5), 0);
}

TEST(Calibration, ScoresAreTheShareOfRelevantPairsAtASimilarity) {
  std::mt19937 random(6);
  std::uniform_real_distribution<double> uniform;
  std::vector<ScoredPair> pairs;
  for (int i = 0; i < 20000; ++i) {
    const double similarity = uniform(random);
    const double truth = 1 / (1 + std::exp(-(10 * similarity - 6)));
    pairs.push_back({similarity, uniform(random) < truth});
  }
  const ScoreCalibration fitted = fit_score_calibration(pairs);
  EXPECT_NEAR(fitted.slope, 10, 0.5);
  EXPECT_NEAR(fitted.score(0.6), 0.5, 0.02);
  EXPECT_NEAR(fitted.similarity(fitted.score(0.37)), 0.37, 1e-9);
  EXPECT_GT(fit_score_calibration({}).slope, 0);
}

}  // namespace
}  // namespace nozama
