// Counts against rows counted one by one.
#include "index/facets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "index/columns.h"

namespace nozama {
namespace {

RowAttributes random_row(std::mt19937& random) {
  RowAttributes row;
  if (random() % 10 != 0) row.set("price", static_cast<double>(random() % 100000) / 100);
  row.set("in_stock", static_cast<double>(random() % 2));
  if (random() % 10 != 0) row.add("brand", fmt::format("b{}", random() % 30));
  for (size_t i = 0; i < random() % 4; ++i) row.add("colour", fmt::format("c{}", random() % 9));
  return row;
}

// features: C3
TEST(Facets, CountsAreThoseOfTheRowsOneByOneForFewAndForMany) {
  std::mt19937 random(1);
  Columns columns;
  for (int i = 0; i < 5000; ++i) columns.append(i / 500 % 2 == 0 ? random_row(random) : RowAttributes{});  // stretches without values
  for (const unsigned one_in : {1U, 3U, 40U, 200U, 100000U}) {
    SlotSet slots(5000);
    std::map<std::string, std::map<std::string, int64_t>> expected;
    int64_t without_brand = 0, total = 0;
    std::vector<double> prices;
    for (uint32_t slot = 0; slot < 5000; ++slot) {
      if (random() % one_in != 0) continue;
      slots.insert(slot);
      ++total;
      const RowAttributes row = columns.row(slot);
      for (const auto& [column, value] : row.keywords) ++expected[column][value];
      without_brand += std::ranges::count(row.keywords, "brand", &std::pair<std::string, std::string>::first) == 0 ? 1 : 0;
      for (const auto& [column, value] : row.numbers) {
        if (column == "price") prices.push_back(value);
        if (column == "in_stock") ++expected[column][value == 1 ? "true" : "false"];
      }
    }
    const std::vector<FacetRequest> requests = {{"brand", 5}, {"colour", 100}, {"price"}, {"in_stock"}, {"rating"}};
    ASSERT_TRUE(check_facets(columns, requests));
    const FacetCounts counts = count_facets(columns, slots, requests);
    EXPECT_EQ(counts.total, total);
    EXPECT_EQ(counts.facets[0].distinct, std::ssize(expected["brand"]));
    EXPECT_EQ(counts.facets[0].without, without_brand);
    EXPECT_EQ(counts.facets[0].values.size(), std::min<size_t>(5, expected["brand"].size()));
    for (const size_t facet : {size_t{0}, size_t{1}, size_t{3}}) {
      const auto& values = counts.facets[facet].values;
      for (size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(values[i].count, expected[counts.facets[facet].column][values[i].value]);
        if (i == 0 || facet == 3) continue;
        EXPECT_TRUE(values[i - 1].count > values[i].count || (values[i - 1].count == values[i].count && values[i - 1].value < values[i].value));
      }
    }
    for (const FacetBucket& bucket : counts.facets[2].buckets) {
      EXPECT_EQ(bucket.count, std::ranges::count_if(prices, [&bucket](double price) { return bucket.low <= price && price < bucket.high; }));
    }
    EXPECT_EQ(counts.facets[2].without, total - std::ssize(prices));
    EXPECT_EQ(counts.facets[4].without, total);
    EXPECT_TRUE(counts.facets[4].buckets.empty());
  }
}

TEST(Facets, BoundsAreRoundNumbersThatHoldEveryValueBetweenThem) {
  EXPECT_EQ(bucket_bounds(4, 900), (std::vector<double>{2, 5, 10, 20, 50, 100, 200, 500, 1000}));
  EXPECT_EQ(bucket_bounds(1, 5), (std::vector<double>{1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5}));
  EXPECT_EQ(bucket_bounds(21, 90), (std::vector<double>{20, 30, 40, 50, 60, 70, 80, 90, 100}));
  std::mt19937 random(2);
  for (int i = 0; i < 2000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 19) - 6);
    const double least = scale * (static_cast<double>(random() % 1000) - (i % 2 == 0 ? 0 : 500)),
                 greatest = least + (random() % 5 == 0 ? 0 : scale * static_cast<double>(random() % 100000));
    const auto bounds = bucket_bounds(least, greatest);
    ASSERT_GE(bounds.size(), 2U);
    EXPECT_LE(bounds.size(), 24U);
    EXPECT_TRUE(std::ranges::is_sorted(bounds));
    EXPECT_LE(bounds.front(), least);
    EXPECT_GT(bounds.back(), greatest);
  }
}

TEST(Facets, AreWrittenAsNamesWithHowManyValuesWhereItMatters) {
  const auto parsed = parse_facets("brand,frame size:20,price");
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 3U);
  EXPECT_EQ((*parsed)[1].column, "frame size");
  EXPECT_EQ((*parsed)[1].top, 20U);
  EXPECT_EQ((*parsed)[2].top, 10U);
  for (const char* bad : {"", ",", "brand,", "brand:", "brand:x", "brand:5x", ":5", "brand:99999999999999999999"}) {
    const auto refused = parse_facets(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().reason, "bad_facet");
  }
}

TEST(Facets, UnknownColumnsAndUnboundedRequestsAreRefused) {
  const Columns columns;
  EXPECT_EQ(check_facets(columns, std::vector<FacetRequest>{{"weight"}}).error().reason, "bad_facet");
  EXPECT_EQ(check_facets(columns, std::vector<FacetRequest>{{"brand", kFacetTopMax + 1}}).error().reason, "bad_facet");
  EXPECT_EQ(check_facets(columns, std::vector<FacetRequest>{{"brand", 0}}).error().reason, "bad_facet");
  EXPECT_EQ(check_facets(columns, std::vector<FacetRequest>(kFacetsMax + 1, {"brand"})).error().reason, "bad_facet");
}

}  // namespace
}  // namespace nozama
