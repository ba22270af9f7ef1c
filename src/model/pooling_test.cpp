#include "model/pooling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace nozama {
namespace {

constexpr FeatureMapShape kMeans = {.channels = 3, .height = 2, .width = 2};
constexpr FeatureMapShape kRelations = {.channels = 3, .height = 2, .width = 2, .relations = true};

std::vector<float> numbers(size_t count, uint32_t seed) {
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    values.push_back(static_cast<float>(seed >> 8) / 8388608.0F - 1);
  }
  return values;
}

float length(const std::vector<float>& values) { return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0F)); }

TEST(PoolPlaces, IsTheMeanOfTheChannelsOverThosePlaces) {
  const std::vector<float> map = {1, 2, 3, 4, 0, 0, 0, 8, 5, 5, 5, 5};
  EXPECT_EQ(pooled_size(kMeans), 3U);
  EXPECT_EQ(pool_places(map, kMeans), (std::vector<float>{2.5F, 2, 5}));
  EXPECT_EQ(pool_places(map, kMeans, std::vector<size_t>{1, 3}), (std::vector<float>{3, 4, 5}));
}

// features: B1
TEST(PoolPlaces, OrTheRootOfHowTheyOccurTogether) {
  // One channel alone at three places, another at the fourth: C = diag(3/4, 1/4, 0) with the third silent.
  const std::vector<float> map = {1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0};
  const auto pooled = pool_places(map, kRelations);
  ASSERT_EQ(pooled.size(), pooled_size(kRelations));
  const std::vector<float> expected = {std::sqrt(0.75F), 0, 0, 0.5F, 0, 0};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(pooled[i], expected[i], 2e-3) << i;
  // Two channels always together: C = [[1, 1], [1, 1]] / 2 is its own root.
  const std::vector<float> together = {1, 2, 0, 1, 1, 2, 0, 1, 0, 0, 0, 0};
  const auto both = pool_places(together, kRelations);
  EXPECT_NEAR(both[0], 0.5F, 1e-3);
  EXPECT_NEAR(both[1], std::sqrt(2.0F) / 2, 1e-3);
  EXPECT_NEAR(both[3], 0.5F, 1e-3);
}

TEST(PoolPlaces, RelationsHaveLengthOneAndDoNotGrowWithTheMap) {
  const std::vector<float> map = numbers(12, 5);
  std::vector<float> louder = map;
  for (float& value : louder) value *= 100;
  const auto quiet = pool_places(map, kRelations), loud = pool_places(louder, kRelations);
  EXPECT_NEAR(length(quiet), 1, 2e-2);
  for (size_t i = 0; i < quiet.size(); ++i) EXPECT_NEAR(quiet[i], loud[i], 1e-4);
}

TEST(PoolPlaces, OfNothingOrOfWhatIsNoNumberIsZero) {
  const std::vector<float> nothing(6, 0.0F);
  EXPECT_EQ(pool_places(std::vector<float>(12, 0.0F), kRelations), nothing);
  std::vector<float> broken = numbers(12, 5);
  broken[3] = NAN;
  EXPECT_EQ(pool_places(broken, kRelations), nothing);
  broken[3] = 1e30F;  // its square is infinite
  EXPECT_EQ(pool_places(broken, kRelations), nothing);
  EXPECT_EQ(pool_places(broken, kRelations, std::vector<size_t>{0, 3}), nothing);
}

TEST(PoolPlaces, OfFewPlacesIsWhatTheyAreWhenEachIsThereManyTimes) {
  constexpr FeatureMapShape kWide = {.channels = 20, .height = 1, .width = 6, .relations = true};
  constexpr FeatureMapShape kLong = {.channels = 20, .height = 5, .width = 6, .relations = true};
  const std::vector<float> map = numbers(120, 3);
  std::vector<float> repeated;
  for (size_t channel = 0; channel < 20; ++channel) {
    for (int time = 0; time < 5; ++time)
      repeated.insert(repeated.end(), map.begin() + static_cast<int64_t>(channel * 6), map.begin() + static_cast<int64_t>(channel * 6 + 6));
  }
  const auto few = pool_places(map, kWide), many = pool_places(repeated, kLong);
  ASSERT_EQ(few.size(), many.size());
  for (size_t i = 0; i < few.size(); ++i) EXPECT_NEAR(few[i], many[i], 1e-5) << i;
}

// features: B7
TEST(Contributions, SumToTheProductOfWeightsAndEmbedding) {
  for (const FeatureMapShape& shape : {kMeans, kRelations}) {
    const std::vector<float> map = numbers(12, 7), weights = numbers(pooled_size(shape), 11), pooled = pool_places(map, shape);
    const auto parts = contributions(map, shape, weights);
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_NEAR(std::accumulate(parts.begin(), parts.end(), 0.0F), std::inner_product(pooled.begin(), pooled.end(), weights.begin(), 0.0F), 1e-5);
  }
}

}  // namespace
}  // namespace nozama
