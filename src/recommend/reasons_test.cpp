#include "recommend/reasons.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

using Slugs = std::vector<std::string>;

const ComparedFacts kSofa = {.category = {3}, .colours = {"navy", "brown"}, .brand = "Nordlys", .price_minor = 40000, .currency = "EUR"};
constexpr Likeness kUnlike = {.similarity = 0.1, .score = 0.1};

// features: D1
TEST(Reasons, EverythingThatAgreesIsSaidInAFixedOrder) {
  EXPECT_EQ(reasons_for(kSofa, kSofa, {.similarity = 0.99, .score = 0.9}),
            (Slugs{"nearly_identical", "same_category", "similar_shape", "same_colour", "same_brand", "similar_price"}));
}

TEST(Reasons, OfThingsThatShareNothingThereAreNone) {
  const ComparedFacts lamp = {.category = {4}, .colours = {"white"}, .brand = "Lumi", .price_minor = 2000, .currency = "EUR"};
  EXPECT_EQ(reasons_for(kSofa, lamp, kUnlike), Slugs{});
}

TEST(Reasons, WhatIsUnknownIsNotTheSame) {
  EXPECT_EQ(reasons_for({}, {}, kUnlike), Slugs{});
  EXPECT_EQ(reasons_for(kSofa, {}, kUnlike), Slugs{});
  EXPECT_EQ(reasons_for({}, kSofa, kUnlike), Slugs{});
}

TEST(Reasons, AColourIsSharedWhenTheResultIsMostlyOfIt) {
  ComparedFacts result;
  result.colours = {"brown", "white"};
  EXPECT_EQ(reasons_for(kSofa, result, kUnlike), Slugs{"same_colour"});
  result.colours = {"white", "brown"};
  EXPECT_EQ(reasons_for(kSofa, result, kUnlike), Slugs{});
}

TEST(Reasons, PricesAreSimilarWithinAQuarterAndInOneCurrency) {
  const auto reasons_at = [](int64_t price, std::string_view currency) {
    ComparedFacts result;
    result.price_minor = price;
    result.currency = currency;
    return reasons_for(kSofa, result, kUnlike);
  };
  EXPECT_EQ(reasons_at(50000, "EUR"), Slugs{"similar_price"});
  EXPECT_EQ(reasons_at(32000, "EUR"), Slugs{"similar_price"});
  EXPECT_EQ(reasons_at(50001, "EUR"), Slugs{});
  EXPECT_EQ(reasons_at(31999, "EUR"), Slugs{});
  EXPECT_EQ(reasons_at(40000, "USD"), Slugs{});
  EXPECT_EQ(reasons_at(0, "EUR"), Slugs{});
}

TEST(Reasons, LooksCountFromTheirThresholdsOn) {
  EXPECT_EQ(reasons_for({}, {}, {.similarity = 0.97, .score = 0.49}), Slugs{"nearly_identical"});
  EXPECT_EQ(reasons_for({}, {}, {.similarity = 0.969, .score = 0.5}), Slugs{"similar_shape"});
}

}  // namespace
}  // namespace nozama
