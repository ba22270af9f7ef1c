#include "recommend/diversity.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

using Order = std::vector<size_t>;

// Two nearly equal ones in front, something else a little behind.
const std::vector<float> kShoe = {1, 0, 0}, kSameShoe = {0.96F, 0.28F, 0}, kBoot = {0.6F, 0, 0.8F};

// features: D4
TEST(Diversity, WithNoneItIsByRelevance) {
  const std::vector<DiverseCandidate> candidates = {{0.7, kBoot}, {0.9, kShoe}, {0.89, kSameShoe}};
  EXPECT_EQ(by_marginal_relevance(candidates, 0), (Order{1, 2, 0}));
}

TEST(Diversity, AHalfPutsWhatIsNewBeforeWhatIsTheSameAgain) {
  // After the shoe: 0.5 · 0.89 - 0.5 · 0.96 = -0.035 against 0.5 · 0.7 - 0.5 · 0.6 = 0.05.
  const std::vector<DiverseCandidate> candidates = {{0.9, kShoe}, {0.89, kSameShoe}, {0.7, kBoot}};
  EXPECT_EQ(by_marginal_relevance(candidates, 0.5), (Order{0, 2, 1}));
}

TEST(Diversity, ALittleLeavesTheOrderWhereRelevanceDiffersMore) {
  // 0.9 · 0.89 - 0.1 · 0.96 = 0.705 against 0.9 · 0.7 - 0.1 · 0.6 = 0.57.
  const std::vector<DiverseCandidate> candidates = {{0.9, kShoe}, {0.89, kSameShoe}, {0.7, kBoot}};
  EXPECT_EQ(by_marginal_relevance(candidates, 0.1), (Order{0, 1, 2}));
}

TEST(Diversity, OneLooksForTheFarthestOnlyAndOpposedVectorsCountForIt) {
  const std::vector<float> opposed = {-1, 0, 0};
  const std::vector<DiverseCandidate> candidates = {{0.9, kShoe}, {0.8, kSameShoe}, {0.7, kBoot}, {0.1, opposed}};
  EXPECT_EQ(by_marginal_relevance(candidates, 1), (Order{0, 3, 2, 1}));
}

TEST(Diversity, EqualOnesKeepTheirOrderAndNothingIsLost) {
  const std::vector<DiverseCandidate> candidates(5, {0.5, kShoe});
  for (const double diversity : {0.0, 0.3, 1.0}) EXPECT_EQ(by_marginal_relevance(candidates, diversity), (Order{0, 1, 2, 3, 4}));
  EXPECT_TRUE(by_marginal_relevance({}, 0.5).empty());
}

TEST(Diversity, ACapKeepsTheFirstOfEachBrandAndAllWithoutOne) {
  const std::vector<std::string> brands = {"A", "A", "", "B", "A", "", "", "B"};
  EXPECT_EQ(within_cap(brands, 2), (std::vector<bool>{true, true, true, true, false, true, true, true}));
  EXPECT_EQ(within_cap(brands, 1), (std::vector<bool>{true, false, true, true, false, true, true, false}));
}

}  // namespace
}  // namespace nozama
