// Searches while products change: nothing is half there, nothing acknowledged is missing, and space is taken back.
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <thread>

#include "index/embedded_index.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

constexpr int kProducts = 40;

// All products at once, as of one round: two pictures each, whose ids name the round.
std::vector<IndexedProduct> round_of(std::mt19937& random, int64_t round) {
  std::vector<IndexedProduct> products;
  for (int64_t i = 1; i <= kProducts; ++i) {
    const CategoryId partition{(i + round) % 3};
    products.push_back({{i}, partition, {}, {{{round * 10}, random_unit(random)}, {{round * 10 + 1}, random_unit(random)}}});
  }
  return products;
}

// features: C7
TEST(LiveIndexing, BothModesOfOneSearchSeeTheSameStateWhileProductsChange) {
  const auto index = make_embedded_index(kDimension);
  std::mt19937 first(4);
  ASSERT_TRUE(index->upsert(round_of(first, 0)));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::mt19937 random(5);
    for (int64_t round = 1; !stop; ++round) {
      EXPECT_TRUE(index->upsert(round_of(random, round)));
      const ProductId gone{round % kProducts + 1};
      index->remove(std::span(&gone, 1));
    }
  });
  std::mt19937 random(6);
  for (int i = 0; i < 400; ++i) {
    const auto vector = random_unit(random);
    const auto both = index->search_in_both_modes({.vector = vector, .k = 2 * kProducts});
    ASSERT_TRUE(both);
    ASSERT_EQ(ids(both->usual), ids(both->exact));
    ASSERT_GT(both->exact_ms, 0);
  }
  stop = true;
  writer.join();
}

// features: C4
TEST(LiveIndexing, AChangeOfManyProductsIsSeenWholeByEverySearchFromItsAcknowledgementOn) {
  const auto index = make_embedded_index(kDimension);
  std::atomic<int64_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::mt19937 first(1);
  ASSERT_TRUE(index->upsert(round_of(first, 0)));
  const auto read = [&](unsigned seed) {
    std::mt19937 random(seed);
    while (!stop) {
      const int64_t before = acknowledged;
      const auto vector = random_unit(random);
      NeighbourQuery query{.vector = vector, .k = 100};
      query.exact = random() % 4 == 0;
      const auto hits = index->search(query);
      ASSERT_TRUE(hits);
      ASSERT_EQ(hits->size(), static_cast<size_t>(kProducts));
      std::set<int64_t> products, rounds;
      for (const Neighbour& hit : *hits) {
        products.insert(hit.product.value);
        rounds.insert(hit.picture.value / 10);
      }
      ASSERT_EQ(products.size(), static_cast<size_t>(kProducts));
      ASSERT_EQ(rounds.size(), 1U);
      ASSERT_GE(*rounds.begin(), before);
    }
  };
  std::thread one(read, 2), two(read, 3);
  std::mt19937 random(4);
  for (int64_t round = 1; round <= 400; ++round) {
    ASSERT_TRUE(index->upsert(round_of(random, round)));
    acknowledged = round;
  }
  stop = true;
  one.join();
  two.join();
}

// features: C4
TEST(LiveIndexing, AnswersAreThoseOfAPlainListWhileEverythingIsCopiedFittedAndClustered) {
  std::mt19937 random(8);
  EmbeddedIndex index(kDimension, 1500);
  std::map<int64_t, IndexedProduct> shop;
  int64_t next = 1;
  const auto some = [&](size_t count) {
    std::vector<IndexedProduct> batch;
    for (size_t i = 0; i < count; ++i, ++next) {
      // A third of them in the place of others.
      const int64_t id = i % 3 == 0 && !shop.empty() ? shop.begin()->first + static_cast<int64_t>(random() % shop.size()) : next;
      batch.push_back({{id}, {id % 2}, {}, {{{next * 10}, random_unit(random)}}});
      shop[id] = batch.back();
    }
    return batch;
  };
  for (int step = 0; step < 160; ++step) {
    ASSERT_TRUE(index.upsert(some(step < 60 ? 120 : 40)));
    if (step >= 40) {
      std::vector<ProductId> gone;
      for (int i = 0; i < 60 && !shop.empty(); ++i) {
        gone.push_back({shop.begin()->first});
        shop.erase(shop.begin());
      }
      index.remove(gone);
    }
    ASSERT_EQ(index.stats().products, shop.size());
    std::vector<IndexedProduct> all;
    for (const auto& [id, product] : shop) all.push_back(product);
    const auto vector = random_unit(random);
    NeighbourQuery query{.vector = vector, .k = 20};
    query.exact = true;
    ASSERT_EQ(ids(*index.search(query)), brute_force(all, query)) << "step " << step;
  }
  index.settle();
  EXPECT_LT(index.stats().deleted_rows, shop.size() + 512);
}

IndexedProduct point(int64_t i) {
  const float angle = static_cast<float>(i % 1000) / 1000;
  return {{i}, {i % 7}, {}, {{{i}, {std::cos(angle), std::sin(angle), 0, 0}}}};
}

// features: C4
TEST(LiveIndexing, AMillionDeletionsLeaveTheRestAndNoSpaceTaken) {
  constexpr int64_t kAll = 1'050'000, kKept = 50'000;
  const auto index = make_embedded_index(4);
  std::vector<IndexedProduct> batch;
  for (int64_t i = 1; i <= kAll; ++i) {
    batch.push_back(point(i));
    if (batch.size() < 10'000 && i < kAll) continue;
    ASSERT_TRUE(index->upsert(batch));
    batch.clear();
  }
  index->settle();
  const size_t bytes = index->stats().bytes;
  std::vector<ProductId> gone;
  for (int64_t i = kKept + 1; i <= kAll; ++i) gone.push_back({i});
  // Half of them one by one.
  for (size_t i = 0; i < gone.size() / 2; ++i) index->remove(std::span(gone).subspan(i, 1));
  index->remove(std::span(gone).subspan(gone.size() / 2));
  index->settle();
  EXPECT_EQ(index->stats().products, static_cast<size_t>(kKept));
  EXPECT_LE(index->stats().deleted_rows, static_cast<size_t>(kKept) + 256);
  EXPECT_LT(index->stats().bytes * 5, bytes);
  batch.clear();
  for (int64_t i = 1; i <= kKept; ++i) batch.push_back(point(i));
  const std::vector<float> vector = {0.6F, 0.8F, 0, 0};
  for (const bool exact : {false, true}) {
    NeighbourQuery query{.vector = vector, .k = 50};
    query.exact = exact;
    EXPECT_EQ(ids(*index->search(query)), brute_force(batch, query)) << exact;
  }
  index->remove(gone);  // again: nothing happens
  EXPECT_EQ(index->stats().products, static_cast<size_t>(kKept));
}

TEST(LiveIndexing, RemovingEverythingLeavesAnEmptyIndexThatCanBeFilledAgain) {
  std::mt19937 random(5);
  const auto index = make_embedded_index(kDimension);
  const auto products = random_products(random, 700);
  const auto vector = random_unit(random);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(index->upsert(products));
    EXPECT_EQ(index->search({.vector = vector, .k = 1000})->size(), 700U);
    std::vector<ProductId> all;
    for (const IndexedProduct& product : products) all.push_back(product.product);
    index->remove(all);
    EXPECT_TRUE(index->search({.vector = vector})->empty());
    EXPECT_TRUE(index->partitions().empty());
  }
}

TEST(LiveIndexing, PartitionsThatDoNotExistOrHoldFewerThanKAreServed) {
  std::mt19937 random(6);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(random_products(random, 11)));  // three in partition 1
  const auto vector = random_unit(random);
  NeighbourQuery query{.vector = vector, .k = 30};
  query.partitions = {{{1}, 0}, {{99}, 5}};
  EXPECT_EQ(index->search(query)->size(), 3U);
  query.partitions = {{{99}, 5}};
  EXPECT_TRUE(index->search(query)->empty());
}

TEST(LiveIndexing, ABadVectorAnywhereInABatchChangesNothing) {
  std::mt19937 random(7);
  const auto index = make_embedded_index(kDimension);
  const auto good = random_products(random, 20);
  ASSERT_TRUE(index->upsert(good));
  const auto vector = random_unit(random);
  const auto before = ids(*index->search({.vector = vector}));
  const std::vector<std::vector<float>> bad = {std::vector<float>(kDimension),
                                               std::vector<float>(kDimension, std::nanf("")),
                                               std::vector<float>(kDimension, std::numeric_limits<float>::infinity()),
                                               random_unit(random, kDimension + 4),
                                               {}};
  for (const auto& values : bad) {
    auto batch = random_products(random, 20);
    batch.back().pictures.back().vector = values;
    EXPECT_EQ(index->upsert(batch).error().reason, "bad_vector");
    EXPECT_EQ(ids(*index->search({.vector = vector})), before);
    EXPECT_EQ(index->search({.vector = values}).error().reason, "bad_vector");
  }
}

}  // namespace
}  // namespace nozama
