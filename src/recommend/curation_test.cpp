#include "recommend/curation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::ElementsAre;

std::vector<int64_t> order_of(const std::vector<CuratedCandidate>& candidates, const Curation& curation) {
  std::vector<int64_t> products;
  for (const PlacedCandidate& placed : curated_order(candidates, curation)) products.push_back(candidates[placed.candidate].product);
  return products;
}

// features: H1
TEST(Curation, WithoutRulesTheOrderStays) { EXPECT_THAT(order_of({{3, 0.1}, {1, 0.9}, {2, 0.5}}, {}), ElementsAre(3, 1, 2)); }

// features: H1
TEST(Curation, PinnedOnesStandInTheirPlacesAsTheRulesNameThem) {
  const std::vector<CuratedCandidate> candidates = {{1}, {2}, {3}, {4}, {5}};
  EXPECT_THAT(order_of(candidates, {.pins = {{5, 1}, {4, 1}, {99, 1}}}), ElementsAre(5, 4, 1, 2, 3));
  EXPECT_THAT(order_of(candidates, {.pins = {{5, 3}, {4, 1}}}), ElementsAre(4, 1, 5, 2, 3));
  EXPECT_THAT(order_of(candidates, {.pins = {{1, 3}}}), ElementsAre(2, 3, 1, 4, 5)) << "down as well";
  EXPECT_THAT(order_of(candidates, {.pins = {{1, 90}}}), ElementsAre(2, 3, 4, 5, 1)) << "never beyond the end";
  const auto order = curated_order(candidates, {.pins = {{2, 1}}});
  EXPECT_TRUE(order[0].pinned);
  EXPECT_FALSE(order[1].pinned);
}

// features: H1
TEST(Curation, BoostedOnesGoBeforeThoseThatTheySurpass) {
  const std::vector<CuratedCandidate> candidates = {{1, 0.9}, {2, 0.8}, {3, 0.7}, {4, 0.6}};
  EXPECT_THAT(order_of(candidates, {.boosts = {{4, 0.15}}}), ElementsAre(1, 2, 4, 3));
  EXPECT_THAT(order_of(candidates, {.boosts = {{4, 0.5}, {3, 0.5}}}), ElementsAre(3, 4, 1, 2));
  EXPECT_THAT(order_of(candidates, {.boosts = {{4, 0.05}}}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(order_of({{1, 0.5}, {2, 0.9}, {3, 0.4}}, {.boosts = {{3, 0.05}}}), ElementsAre(1, 2, 3)) << "an order of another kind stays";
}

// features: H1
TEST(Curation, WhatIsOutOfStockSinksAlsoWhenItIsBoosted) {
  const std::vector<CuratedCandidate> candidates = {{1, 0.9, false}, {2, 0.8, true}, {3, 0.7, false}, {4, 0.6, true}};
  EXPECT_THAT(order_of(candidates, {.sink_out_of_stock = true}), ElementsAre(2, 4, 1, 3));
  EXPECT_THAT(order_of(candidates, {.boosts = {{3, 0.5}}, .sink_out_of_stock = true}), ElementsAre(2, 4, 3, 1));
}

}  // namespace
}  // namespace nozama
