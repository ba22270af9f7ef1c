#include "recommend/gate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nozama {
namespace {

// features: B5
TEST(SoftGate, SearchesTheProbableCategoriesAndWeighsThemByTheirLogProbability) {
  const std::vector<CategoryProbability> probabilities = {{{1}, 0.08}, {{2}, 0.9}, {{3}, 0.019}, {{4}, 0.001}};
  const auto partitions = soft_gate(probabilities, {.weight = 0.1, .mass = 0.99});
  ASSERT_EQ(partitions.size(), 3U);
  EXPECT_EQ(partitions[0].partition.value, 2);
  EXPECT_FLOAT_EQ(partitions[0].weight, 0);
  EXPECT_EQ(partitions[1].partition.value, 1);
  EXPECT_NEAR(partitions[1].weight, 0.1 * std::log(0.08 / 0.9), 1e-6);
}

TEST(SoftGate, IsNeverAWallWhenNothingIsSure) {
  const std::vector<CategoryProbability> even = {{{1}, 0.25}, {{2}, 0.25}, {{3}, 0.25}, {{4}, 0.25}};
  const auto partitions = soft_gate(even, {});
  EXPECT_EQ(partitions.size(), 4U);
  for (const auto& partition : partitions) EXPECT_FLOAT_EQ(partition.weight, 0);
  const std::vector<CategoryProbability> one = {{{1}, 0.0}};
  EXPECT_EQ(soft_gate(one, {}).size(), 1U);
  EXPECT_TRUE(soft_gate({}, {}).empty());
}

}  // namespace
}  // namespace nozama
