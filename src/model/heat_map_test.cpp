#include "model/heat_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace nozama {
namespace {

constexpr FeatureMapShape kShape = {.channels = 12, .height = 3, .width = 4};

std::vector<float> numbers(size_t count, uint32_t seed) {
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    values.push_back(static_cast<float>(seed >> 8) / 16777216.0F);
  }
  return values;
}

std::vector<float> mean_over_places(const std::vector<float>& map) {
  std::vector<float> mean;
  for (size_t channel = 0; channel < 12; ++channel) mean.push_back(std::accumulate(map.begin() + channel * 12, map.begin() + (channel + 1) * 12, 0.0F) / 12);
  return mean;
}

// features: B7
TEST(LikenessByPlace, SumsToTheCosineOfTheTwoVectors) {
  for (const auto scale : {InputScale::kNone, InputScale::kLength, InputScale::kRoots}) {
    Projection projection = seeded_orthogonal(12, 5, 3);
    projection.scale = scale;
    projection.mean = numbers(12, 9);
    const auto map = numbers(144, 1), other_map = numbers(144, 2);
    const auto vector = projection.apply(mean_over_places(map)), other = projection.apply(mean_over_places(other_map));
    const float cosine = std::inner_product(vector.begin(), vector.end(), other.begin(), 0.0F);
    const auto likeness = likeness_by_place(map, kShape, projection, other);
    ASSERT_EQ(likeness.size(), 12U);
    EXPECT_NEAR(std::accumulate(likeness.begin(), likeness.end(), 0.0F), cosine, 1e-5);
  }
}

// features: B7
TEST(LikenessByPlace, IsHighestWhereTheSharedThingIs) {
  std::vector<float> map(144, 0.0F), other(12, 0.0F);
  map[2 * 12 + 5] = 1;  // channel 2 at place 5
  map[7 * 12 + 9] = 3;  // something else, stronger
  other[2] = 1;
  Projection same{.in = 12, .out = 12, .mean = std::vector<float>(12, 0.0F), .matrix = std::vector<float>(144, 0.0F)};
  for (size_t i = 0; i < 12; ++i) same.matrix[i * 13] = 1;
  const auto heat = heat_of(likeness_by_place(map, kShape, same, other));
  for (size_t place = 0; place < 12; ++place) EXPECT_FLOAT_EQ(heat[place], place == 5 ? 1.0F : 0.0F);
}

TEST(LikenessByPlace, OfWhatCannotBeComparedIsEmpty) {
  const Projection projection = seeded_orthogonal(12, 5, 3);
  const std::vector<float> other(5, 0.4F);
  EXPECT_TRUE(likeness_by_place({}, {}, projection, other).empty());
  EXPECT_TRUE(likeness_by_place(numbers(143, 1), kShape, projection, other).empty());
  EXPECT_TRUE(likeness_by_place(numbers(144, 1), kShape, projection, std::vector<float>(4)).empty());
  EXPECT_TRUE(likeness_by_place(std::vector<float>(144, 0.0F), kShape, projection, other).empty());
  auto broken = numbers(144, 1);
  broken[3] = NAN;
  EXPECT_TRUE(likeness_by_place(broken, kShape, projection, other).empty());
}

TEST(HeatOf, WhatTakesAwayIsCold) {
  EXPECT_EQ(heat_of(std::vector<float>{-1, 0, 0.25F, 0.5F}), (std::vector<float>{0, 0, 0.5F, 1}));
  EXPECT_EQ(heat_of(std::vector<float>{-1, -2}), (std::vector<float>{0, 0}));
  EXPECT_TRUE(heat_of({}).empty());
}

}  // namespace
}  // namespace nozama
