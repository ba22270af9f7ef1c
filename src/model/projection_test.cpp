#include "model/projection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/damage_for_test.h"

namespace nozama {
namespace {

Projection small_projection() { return {.in = 3, .out = 2, .scale = InputScale::kNone, .mean = {1, 0, 0}, .matrix = {1, 0, 0, 0, 2, 0}}; }

TEST(Projection, TakesTheMeanOffMultipliesAndNormalises) {
  const auto result = small_projection().apply(std::vector<float>{4, 2, 9});
  ASSERT_EQ(result.size(), 2U);
  EXPECT_FLOAT_EQ(result[0], 0.6F);
  EXPECT_FLOAT_EQ(result[1], 0.8F);
}

TEST(Projection, NormalisingTheInputMakesItsLengthIrrelevant) {
  Projection projection = small_projection();
  projection.scale = InputScale::kLength;
  const auto a = projection.apply(std::vector<float>{0.3F, 0.2F, 0.1F}), b = projection.apply(std::vector<float>{30, 20, 10});
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST(Projection, WhatHasNoDirectionBecomesZero) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Projection projection = small_projection();
  const std::vector<float> zero = {0, 0};
  EXPECT_EQ(projection.apply(std::vector<float>{1, 0, 5}), zero);  // the mean
  EXPECT_EQ(projection.apply(std::vector<float>{kInfinity, 0, 0}), zero);
  EXPECT_EQ(projection.apply(std::vector<float>{0, std::nanf(""), 0}), zero);
  EXPECT_EQ(projection.apply(std::vector<float>{0, 1, std::nanf("")}), zero);
  EXPECT_EQ(projection.apply(std::vector<float>{3e38F, 3e38F, 0}), zero);  // too long for a float
  projection.scale = InputScale::kLength;
  EXPECT_EQ(projection.apply(std::vector<float>{0, 0, 0}), zero);
}

TEST(Projection, RoundTrip) {
  const Projection projection = seeded_orthogonal(40, 7, 3);
  EXPECT_EQ(Projection::deserialise(projection.serialise()), projection);
}

TEST(Projection, DamageIsNoticed) { expect_damage_noticed(small_projection().serialise(), Projection::deserialise, "projection_damaged"); }

TEST(SeededOrthogonal, RowsAreOrthonormalAlsoWhenThereAreAsManyAsDimensions) {
  const Projection projection = seeded_orthogonal(64, 64, 5);
  for (size_t a = 0; a < 64; ++a) {
    for (size_t b = 0; b <= a; ++b) {
      double sum = 0;
      for (size_t i = 0; i < 64; ++i) sum += double{projection.matrix[a * 64 + i]} * projection.matrix[b * 64 + i];
      EXPECT_NEAR(sum, a == b ? 1 : 0, 1e-5);
    }
  }
}

TEST(SeededOrthogonal, TheSameSeedGivesTheSameNumbersOnEveryMachine) {
  const Projection projection = seeded_orthogonal(8, 2, 1);
  EXPECT_EQ(projection, seeded_orthogonal(8, 2, 1));
  EXPECT_NE(projection, seeded_orthogonal(8, 2, 2));
  EXPECT_NEAR(projection.matrix[0], 0.4796588, 1e-6);
}

}  // namespace
}  // namespace nozama
