// The exact mode beside a brute force in double precision over the numbers as they are stored, query by query.
#include <gtest/gtest.h>

#include "index/embedded_index.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

constexpr int kQueriesOfEach = 2500;  // four kinds of search: 10,000
constexpr size_t kClusteredFrom = 1500;

struct StoredPicture {
  size_t product;  // its place among the products
  std::vector<double> values;
};

// Every third product is a copy of another one, and they come in no order: ties are everywhere.
class Shop {
 public:
  Shop(int count, int64_t partitions) {
    for (int i = 0; i < 40; ++i) centres_.push_back(random_unit(random_));
    for (int64_t id = 1; id <= count; ++id) {
      IndexedProduct product{{id}, {id % partitions}, {}, {{{id}, clustered_unit(random_, centres_)}}};
      if (id % 3 == 0) product.pictures.front().vector = products_[random_() % products_.size()].pictures.front().vector;
      product.attributes.set("in_stock", id % 2 == 0 ? 1 : 0);
      products_.push_back(std::move(product));
    }
    std::ranges::shuffle(products_, random_);
    EXPECT_TRUE(index_.upsert(products_));
    index_.settle();
    for (size_t i = 0; i < products_.size(); ++i) {
      std::vector<double> values;
      for (const float value : products_[i].pictures.front().vector) values.push_back(from_fixed(to_fixed(value)));
      stored_.push_back({i, std::move(values)});
    }
  }

  // Every fourth is the vector of a product.
  std::vector<float> query_vector() {
    return random_() % 4 == 0 ? products_[random_() % products_.size()].pictures.front().vector : clustered_unit(random_, centres_);
  }

  std::vector<int64_t> nearest(const NeighbourQuery& query) const {
    std::vector<std::pair<double, int64_t>> scored;
    for (const StoredPicture& picture : stored_) {
      const IndexedProduct& product = products_[picture.product];
      const auto wanted = std::ranges::find(query.partitions, product.partition, &PartitionWeight::partition);
      if (!query.partitions.empty() && wanted == query.partitions.end()) continue;
      if (query.filter != nullptr && !matches(*query.filter, product.attributes)) continue;
      double score = query.partitions.empty() ? 0 : static_cast<double>(wanted->weight);
      double dot = 0;
      for (size_t j = 0; j < picture.values.size(); ++j) dot += picture.values[j] * static_cast<double>(query.vector[j]);
      score += dot;
      scored.emplace_back(-score, product.product.value);
    }
    const size_t count = std::min(query.k, scored.size());
    std::ranges::partial_sort(scored, scored.begin() + static_cast<std::ptrdiff_t>(count));
    std::vector<int64_t> result;
    for (size_t i = 0; i < count; ++i) result.push_back(scored[i].second);
    return result;
  }

  // Stops at the first answer that differs.
  void compare(NeighbourQuery query) {
    query.exact = true;
    for (int i = 0; i < kQueriesOfEach; ++i) {
      const std::vector<float> vector = query_vector();
      query.vector = vector;
      query.k = 1 + random_() % 40;
      SearchCost cost;
      query.cost = &cost;
      const auto found = index_.search(query);
      ASSERT_TRUE(found);
      ASSERT_TRUE(cost.certified);
      ASSERT_EQ(ids(*found), nearest(query)) << "query " << i;
    }
  }

  const EmbeddedIndex& index() const { return index_; }
  size_t products() const { return products_.size(); }

 private:
  std::mt19937 random_{21};
  std::vector<std::vector<float>> centres_;
  std::vector<IndexedProduct> products_;
  std::vector<StoredPicture> stored_;
  EmbeddedIndex index_{kDimension, kClusteredFrom};
};

// features: C1
TEST(ExactMode, IsTheBruteForceOfAllPartitions) { Shop(1400, 3).compare({}); }

TEST(ExactMode, IsTheBruteForceOfWeightedPartitions) {
  NeighbourQuery query;
  query.partitions = {{{0}, 0.1F}, {{2}, -0.25F}};
  Shop(1400, 3).compare(query);
}

TEST(ExactMode, IsTheBruteForceUnderAFilter) {
  const Filter filter{.kind = Filter::Kind::kRange, .column = "in_stock", .low = 1, .high = 1};
  NeighbourQuery query;
  query.filter = &filter;
  Shop(1400, 3).compare(query);
}

TEST(ExactMode, IsTheBruteForceOfAClusteredPartition) {
  Shop shop(4000, 1);
  SearchCost cost;
  const std::vector<float> vector = shop.query_vector();
  ASSERT_TRUE(shop.index().search({.vector = vector, .cost = &cost}));
  EXPECT_LT(cost.scanned, shop.products());  // or else there are no clusters
  shop.compare({});
}

}  // namespace
}  // namespace nozama
