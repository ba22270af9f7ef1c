// Partitions that are long enough to be clustered.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/scratch_dir_for_test.h"
#include "index/embedded_index.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

constexpr size_t kClusteredFrom = 1500;

struct Shop {
  std::mt19937 random{11};
  std::vector<std::vector<float>> centres;
  std::vector<IndexedProduct> products;

  explicit Shop(int count) {
    for (int i = 0; i < 60; ++i) centres.push_back(random_unit(random));
    for (int i = 1; i <= count; ++i) products.push_back(product(i));
  }
  IndexedProduct product(int64_t id) {
    IndexedProduct product;
    product.product.value = id;
    product.partition.value = 1;
    product.pictures.push_back({{id * 10}, clustered_unit(random, centres)});
    return product;
  }
};

double recall(const VectorIndex& index, Shop& shop, int queries, bool exact, size_t* scanned = nullptr) {
  double sum = 0;
  for (int i = 0; i < queries; ++i) {
    const std::vector<float> vector = clustered_unit(shop.random, shop.centres);
    SearchCost cost;
    NeighbourQuery query;
    query.vector = vector;
    query.exact = exact;
    query.cost = &cost;
    const auto found = index.search(query);
    EXPECT_TRUE(found.has_value());
    if (found) sum += overlap(ids(*found), brute_force(shop.products, query));
    if (scanned != nullptr) *scanned += cost.scanned;
  }
  return sum / queries;
}

TEST(Clustering, AClusteredPartitionAnswersLikeAScanFromAPartOfTheRows) {
  Shop shop(8000);
  EmbeddedIndex index(kDimension, kClusteredFrom);
  ASSERT_TRUE(index.upsert(shop.products));
  index.settle();
  size_t scanned = 0;
  EXPECT_GE(recall(index, shop, 100, false, &scanned), 0.995);
  EXPECT_LT(scanned / 100, 4000U);
  EXPECT_EQ(recall(index, shop, 30, true), 1.0);
}

TEST(Clustering, ProductsOfSeveralPicturesAreFoundFromAPartOfTheRowsToo) {
  Shop shop(3000);
  for (IndexedProduct& product : shop.products) {
    for (int64_t picture = 1; picture < 3; ++picture)
      product.pictures.push_back({{product.product.value * 10 + picture}, clustered_unit(shop.random, shop.centres)});
  }
  EmbeddedIndex index(kDimension, kClusteredFrom);
  ASSERT_TRUE(index.upsert(shop.products));
  index.settle();
  size_t scanned = 0;
  EXPECT_GE(recall(index, shop, 100, false, &scanned), 0.995);
  EXPECT_LT(scanned / 100, 4500U);
  EXPECT_EQ(recall(index, shop, 30, true), 1.0);
}

TEST(Clustering, RowsThatComeAndGoAfterwardsAreFoundAndNotFound) {
  Shop shop(6000);
  EmbeddedIndex index(kDimension, kClusteredFrom);
  ASSERT_TRUE(index.upsert(shop.products));
  index.settle();
  for (int64_t id = 6001; id <= 6700; ++id) shop.products.push_back(shop.product(id));
  ASSERT_TRUE(index.upsert(std::span(shop.products).last(700)));
  std::vector<ProductId> gone;
  for (int64_t id = 1; id <= 2600; ++id) gone.push_back({id});
  index.remove(gone);  // enough for the partition to be written anew
  shop.products.erase(shop.products.begin(), shop.products.begin() + 2600);
  size_t scanned = 0;
  EXPECT_GE(recall(index, shop, 60, false, &scanned), 0.995);
  EXPECT_LT(scanned / 60, 4000U);
  EXPECT_EQ(recall(index, shop, 20, true), 1.0);
  for (const size_t place : {0U, 3500U, 4099U}) {
    NeighbourQuery query;
    query.vector = shop.products[place].pictures[0].vector;
    query.k = 1;
    EXPECT_EQ(ids(*index.search(query)), std::vector<int64_t>{shop.products[place].product.value});
  }
}

TEST(Clustering, ASnapshotKeepsTheClustersAndLeavesTheDeadOut) {
  Shop shop(5000);
  EmbeddedIndex index(kDimension, kClusteredFrom);
  ASSERT_TRUE(index.upsert(shop.products));
  index.settle();
  const std::vector<ProductId> gone = {{5}, {17}, {4000}};
  index.remove(gone);
  for (const ProductId id : gone) std::erase_if(shop.products, [id](const IndexedProduct& product) { return product.product == id; });
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  ASSERT_TRUE(index.save(path, {"catalogue", "space", 1}));
  const auto loaded = load_embedded_index(path);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->index->stats().rows, 4997U);
  size_t scanned = 0;
  EXPECT_GE(recall(*loaded->index, shop, 60, false, &scanned), 0.995);
  EXPECT_LT(scanned / 60, 2500U);
  EXPECT_EQ(recall(*loaded->index, shop, 20, true), 1.0);
}

TEST(Clustering, SearchesAndChangesGoOnMeanwhile) {
  Shop shop(3000);
  EmbeddedIndex index(kDimension, kClusteredFrom);
  std::atomic<bool> done = false;
  std::thread reader([&] {
    std::mt19937 random(3);
    while (!done) {
      const std::vector<float> vector = random_unit(random);
      NeighbourQuery query;
      query.vector = vector;
      const auto found = index.search(query);
      ASSERT_TRUE(found.has_value());
      std::set<int64_t> once;
      for (const int64_t id : ids(*found)) ASSERT_TRUE(once.insert(id).second);
    }
  });
  for (size_t first = 0; first < shop.products.size(); first += 50) {
    ASSERT_TRUE(index.upsert(std::span(shop.products).subspan(first, 50)));
    index.remove(std::vector<ProductId>{shop.products[first].product});
    NeighbourQuery query;
    query.vector = shop.products[first + 7].pictures[0].vector;
    query.k = 1;
    ASSERT_EQ(ids(*index.search(query)), std::vector<int64_t>{shop.products[first + 7].product.value});
  }
  index.settle();
  done = true;
  reader.join();
  EXPECT_EQ(index.stats().products, 3000U - 60U);
}

TEST(Clustering, APartitionThatCannotBeClusteredDoesNotKeepOthersFromIt) {
  Shop shop(8000);
  constexpr size_t kTooFewForTwoLists = 200;
  for (size_t i = 0; i < kTooFewForTwoLists; ++i) shop.products[i].partition.value = 2;  // it comes first
  EmbeddedIndex index(kDimension, kTooFewForTwoLists);
  ASSERT_TRUE(index.upsert(shop.products));
  index.settle();
  size_t scanned = 0;
  EXPECT_GE(recall(index, shop, 50, false, &scanned), 0.995);
  EXPECT_LT(scanned / 50, 4000U);
}

TEST(Clustering, AnIndexThatGoesAwayMeanwhileStops) {
  Shop shop(3000);
  auto index = std::make_unique<EmbeddedIndex>(kDimension, kClusteredFrom);
  ASSERT_TRUE(index->upsert(shop.products));
  index.reset();
}

}  // namespace
}  // namespace nozama
