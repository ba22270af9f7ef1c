// Counts of the whole result against the oracle's.
#include <gtest/gtest.h>

#include <map>

#include "index/index_for_test.h"

namespace nozama {
namespace {

// features: C3
TEST(VectorIndexCount, FacetsAreThoseOfEveryProductThatASearchWouldFind) {
  std::mt19937 random(1);
  auto products = random_products(random, 3000);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  ASSERT_TRUE(index->upsert(std::span(products).first(500)));  // old versions do not count
  const std::vector<ProductId> removed = {{7}, {8}, {9}};
  index->remove(removed);
  std::erase_if(products, [](const IndexedProduct& product) { return product.product.value >= 7 && product.product.value <= 9; });
  const std::vector<FacetRequest> facets = {{"brand"}, {"colour"}, {"price"}};
  const Filter filter = compare("price", FilterOperator::kLess, 5000), narrow = compare("price", FilterOperator::kLess, 100);
  const std::vector<ProductId> exclude = {{1}, {2}};
  for (int i = 0; i < 40; ++i) {
    const auto vector = random_unit(random);
    NeighbourQuery query{.vector = vector, .k = products.size()};
    if (i % 2 == 0) query.filter = i % 8 == 0 ? &narrow : &filter;
    if (i % 3 == 0) query.partitions = {{{1}, 0.1F}, {{2}, -0.2F}, {{55}, 0.0F}};
    if (i % 5 == 0) query.exclude = exclude;
    if (i % 4 != 0) query.min_score = static_cast<float>(random() % 100) / 300;
    std::map<std::string, int64_t> expected;
    const auto found = brute_force(products, query);
    for (const int64_t id : found) {
      for (const auto& [column, value] : products[static_cast<size_t>(id > 9 ? id - 4 : id - 1)].attributes.keywords) ++expected[column + "=" + value];
    }
    const auto counts = index->count(query, facets);
    ASSERT_TRUE(counts) << counts.error().message;
    EXPECT_EQ(counts->total, std::ssize(found));
    for (const Facet& facet : counts->facets) {
      for (const FacetValue& value : facet.values) EXPECT_EQ(value.count, expected[facet.column + "=" + value.value]) << facet.column << value.value;
    }
    EXPECT_EQ(counts->facets[1].distinct, (expected["colour=red"] > 0) + (expected["colour=blue"] > 0) + (expected["colour=green"] > 0));
  }
  const std::vector<FacetRequest> unknown = {{"weight"}};
  EXPECT_EQ(index->count({}, unknown).error().reason, "bad_facet");
  EXPECT_EQ(index->count({}, facets)->total, std::ssize(products)) << "a count without a score needs no vector";
}

TEST(VectorIndexCount, AListIsInTheOrderOfItsColumnWithWhatHasNoneLast) {
  const auto index = make_embedded_index(kDimension);
  std::mt19937 random(3);
  std::vector<IndexedProduct> products;
  for (int64_t id = 1; id <= 6; ++id) products.push_back({{id}, {1}, {}, {{{id}, random_unit(random)}}});
  for (const auto& [at, price] : std::vector<std::pair<size_t, double>>{{0, 5}, {1, 3}, {2, 9}, {3, 3}}) products[at].attributes.set("price", price);
  ASSERT_TRUE(index->upsert(products));
  const auto listed = [&](const ListOrder& order) {
    std::vector<int64_t> values;
    const auto found = index->list({}, order);
    for (const ProductId id : *found) values.push_back(id.value);
    return values;
  };
  EXPECT_EQ(listed({}), (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(listed({.column = "price"}), (std::vector<int64_t>{2, 4, 1, 3, 5, 6}));
  EXPECT_EQ(listed({.column = "price", .descending = true}), (std::vector<int64_t>{3, 1, 2, 4, 5, 6}));
  EXPECT_EQ(listed({.column = "price", .offset = 1, .limit = 2}), (std::vector<int64_t>{4, 1}));
  EXPECT_TRUE(listed({.offset = 7}).empty());
}

// features: C3
TEST(VectorIndexCount, ChosenProductsAreTheOnlyOnesThatAreFoundListedAndCounted) {
  std::mt19937 random(5);
  const auto products = random_products(random, 500);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  ASSERT_TRUE(index->upsert(std::span(products).first(100)));  // old versions are not listed
  const std::vector<ProductId> removed = {{50}}, chosen = {{400}, {3}, {50}, {90}, {9999}};
  index->remove(removed);
  const auto vector = random_unit(random);
  NeighbourQuery query{.vector = vector, .k = 10, .only = chosen};
  const std::vector<ProductId> expected = {{3}, {90}, {400}};
  EXPECT_EQ(index->list(query, {}).value(), expected);
  EXPECT_EQ(index->count(query, {})->total, 3);
  EXPECT_EQ(index->search(query)->size(), 3U);
  const Filter none = compare("price", FilterOperator::kLess, -1);
  query.filter = &none;
  EXPECT_EQ(index->count(query, {})->total, 0);
  query.filter = nullptr;
  query.only = std::span<const ProductId>{};
  EXPECT_EQ(index->count(query, {})->total, 0) << "no product is not every product";
  EXPECT_TRUE(index->search(query)->empty());
}

TEST(VectorIndexCount, DetailsAreTheVectorAndTheAttributesOfTheHit) {
  std::mt19937 random(2);
  const auto products = random_products(random, 300);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const auto vector = random_unit(random);
  const auto hits = index->search({.vector = vector, .k = 50, .details = true});
  ASSERT_TRUE(hits);
  for (const Neighbour& hit : *hits) {
    double similarity = 0;
    for (size_t j = 0; j < kDimension; ++j) similarity += static_cast<double>(hit.vector[j]) * static_cast<double>(vector[j]);
    EXPECT_NEAR(similarity, static_cast<double>(hit.similarity), 1e-6);
    EXPECT_EQ(hit.attributes, products[static_cast<size_t>(hit.product.value - 1)].attributes);
  }
}

}  // namespace
}  // namespace nozama
