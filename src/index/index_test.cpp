#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/scratch_dir_for_test.h"
#include "index/embedded_index.h"
#include "index/fixed_point.h"
#include "index/index_for_test.h"
#include "index/scan_kernels.h"

namespace nozama {
namespace {

TEST(FixedPoint, NumbersComeBackWithinHalfAStepAndThoseBeyondOneAsTheNearest) {
  for (int step = -4000; step <= 4000; ++step) {
    const float value = static_cast<float>(step) / 4001;
    EXPECT_NEAR(from_fixed(to_fixed(value)), value, kFixedUnit / 2);
  }
  EXPECT_EQ(from_fixed(to_fixed(-1)), -1);
  EXPECT_EQ(from_fixed(to_fixed(1)), 1 - kFixedUnit);
  EXPECT_EQ(from_fixed(to_fixed(7)), 1 - kFixedUnit);
  EXPECT_EQ(from_fixed(to_fixed(-7)), -1);
}

TEST(ScanKernels, EveryKernelAgreesWithThePortableOne) {
  std::mt19937 random(1);
  for (const size_t d : {4U, 8U, 20U, 256U, 1280U}) {
    std::vector<float> vector = random_unit(random, d);
    const ScanKernels& reference = available_scan_kernels().front();
    std::vector<Fixed> row(d);
    for (Fixed& number : row) number = to_fixed(static_cast<float>(random() % 1000) / 500 - 1);
    for (const ScanKernels& kernels : available_scan_kernels()) {
      const double exact = reference.dot_exact(row.data(), vector.data(), d);
      EXPECT_NEAR(kernels.dot_exact(row.data(), vector.data(), d), exact, 1e-13) << kernels.name;
      EXPECT_NEAR(static_cast<double>(kernels.dot(row.data(), vector.data(), d)), exact, static_cast<double>(kDotError) * static_cast<double>(d))
          << kernels.name;
      const std::vector<float> other = random_unit(random, d);
      std::vector<Fixed> second;
      for (const float value : other) second.push_back(to_fixed(value));
      const std::array<const Fixed*, kDotsAtOnce> rows = {row.data(), second.data(), row.data(), second.data()};
      std::array<float, kDotsAtOnce> together{};
      kernels.dots(rows.data(), vector.data(), d, together.data());
      for (size_t i = 0; i < kDotsAtOnce; ++i) {
        EXPECT_NEAR(static_cast<double>(together[i]), reference.dot_exact(rows[i], vector.data(), d), static_cast<double>(kDotError) * static_cast<double>(d))
            << kernels.name;
      }
    }
  }
}

// More than are simply sorted, fewer than would be scanned; of products with one picture and with several.
TEST(VectorIndex, RowsThatAFilterLooksUpAreComparedLikeTheOthers) {
  std::mt19937 random(12);
  auto products = random_products(random, 26'000);
  for (const bool several : {false, true}) {
    for (IndexedProduct& product : products) {
      product.attributes.set("price", static_cast<double>(product.product.value % 60));
      if (!several) product.pictures.resize(1);
    }
    const auto index = make_embedded_index(kDimension);
    ASSERT_TRUE(index->upsert(products));
    for (int i = 0; i < 10; ++i) {
      const auto vector = random_unit(random);
      const Filter low = compare("price", FilterOperator::kLess, i % 2 == 0 ? 1.0 : 0.0), second = compare("price", FilterOperator::kEqual, 1.0);
      const Filter filter = any_of({low, second});
      const NeighbourQuery query{.vector = vector, .partitions = {{{0}, 0.1F}, {{1}, 0}, {{3}, -0.1F}}, .filter = &filter};
      const auto found = index->search(query);
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_EQ(ids(*found), brute_force(products, query));
    }
    products = random_products(random, 26'000);
  }
}

TEST(VectorIndex, ManyQueriesAtOnceAreAnsweredLikeOneAfterTheOther) {
  std::mt19937 random(14);
  EmbeddedIndex clustered(kDimension, 3000), plain(kDimension);
  const auto products = random_products(random, 9000);
  for (EmbeddedIndex* index : {&clustered, &plain}) {
    ASSERT_TRUE(index->upsert(products));
    index->settle();
    const Filter few = compare("price", FilterOperator::kLess, 40.0), many = compare("price", FilterOperator::kLess, 6000.0);
    std::vector<std::vector<float>> vectors;
    for (int i = 0; i < 40; ++i) vectors.push_back(random_unit(random));
    std::vector<NeighbourQuery> queries;
    for (size_t i = 0; i < vectors.size(); ++i) {
      NeighbourQuery query{.vector = vectors[i], .k = i % 7 == 0 ? 0 : 10 + i};
      if (i % 3 == 1) query.partitions = {{{1}, 0.1F}, {{2}, -0.05F}};
      if (i % 3 == 2) query.partitions = {{{2}, 0.0F}, {{1}, -3.0F}};
      if (i % 5 == 1) query.filter = &few;
      if (i % 5 == 2) query.filter = &many;
      query.exact = i % 4 == 3;
      queries.push_back(query);
    }
    const auto together = index->search_many(queries);
    ASSERT_TRUE(together) << together.error().message;
    for (size_t i = 0; i < queries.size(); ++i) {
      if (queries[i].exact) {
        EXPECT_EQ(ids((*together)[i]), brute_force(products, queries[i])) << i;
      }
      EXPECT_EQ(ids((*together)[i]), ids(*index->search(queries[i]))) << i;
    }
    queries[3].vector = std::span(vectors[3]).first(2);
    EXPECT_EQ(index->search_many(queries).error().reason, "bad_vector");
    EXPECT_TRUE(index->search_many({})->empty());
  }
}

TEST(VectorIndex, TheExactModeIsTheBruteForce) {
  std::mt19937 random(2);
  const auto products = random_products(random, 600);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  for (int i = 0; i < 50; ++i) {
    const auto vector = random_unit(random);
    NeighbourQuery query{.vector = vector};
    query.exact = true;
    if (i % 2 == 1) query.partitions = {{{1}, 0.1F}, {{2}, -0.05F}};
    EXPECT_EQ(ids(*index->search(query)), brute_force(products, query));
  }
}

// features: C1 C2
TEST(VectorIndex, TheScanFindsWhatTheBruteForceFindsUnderEveryFilter) {
  std::mt19937 random(3);
  const auto products = random_products(random, 5000);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const Filter cheap = compare("price", FilterOperator::kLess, 100);  // 1 %
  const Filter some = all_of({one_of("brand", {"even"}), compare("in_stock", FilterOperator::kEqual, 1), not_of(cheap)});
  double found = 0;
  int searches = 0;
  for (int i = 0; i < 60; ++i) {
    const auto vector = random_unit(random);
    for (const Filter* filter : {static_cast<const Filter*>(nullptr), &cheap, &some}) {
      NeighbourQuery query{.vector = vector, .filter = filter};
      if (i % 3 == 1) query.partitions = {{{1}, 0.0F}};
      if (i % 3 == 2) query.partitions = {{{0}, 0.05F}, {{3}, 0.0F}};
      const auto hits = index->search(query);
      ASSERT_TRUE(hits);
      found += overlap(ids(*hits), brute_force(products, query));
      ++searches;
    }
  }
  EXPECT_GE(found / searches, 0.999);
}

// features: C5
TEST(VectorIndex, AProductWithSeveralPicturesIsOneHitWithItsBestPicture) {
  std::mt19937 random(4);
  const auto index = make_embedded_index(kDimension);
  const auto wanted = random_unit(random);
  IndexedProduct product{{7}, {1}, {}, {{{70}, random_unit(random)}, {{71}, wanted}, {{72}, random_unit(random)}}};
  ASSERT_TRUE(index->upsert(std::span(&product, 1)));
  const auto hits = index->search({.vector = wanted});
  ASSERT_EQ(hits->size(), 1U);
  EXPECT_EQ(hits->front().picture.value, 71);
  EXPECT_NEAR(hits->front().similarity, 1.0F, 1e-3F);
}

// features: C4
TEST(VectorIndex, ADeletedProductIsNeverReturnedAndAnUpdatedOneOnlyAsItIsNow) {
  std::mt19937 random(5);
  auto products = random_products(random, 2000);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  std::vector<ProductId> removed;
  for (auto& product : products) {
    if (product.product.value % 2 == 0) {
      removed.push_back(product.product);
      product.pictures.clear();
    } else if (product.product.value % 5 == 0) {
      product.partition.value = 9;
      product.pictures.resize(1);
      product.pictures[0].vector = random_unit(random);
      ASSERT_TRUE(index->upsert(std::span(&product, 1)));
    }
  }
  index->remove(removed);
  EXPECT_EQ(index->stats().products, 1000U);
  for (int i = 0; i < 20; ++i) {
    const auto vector = random_unit(random);
    const NeighbourQuery query{.vector = vector, .k = 1000};
    EXPECT_GE(overlap(ids(*index->search(query)), brute_force(products, query)), 0.999);
    NeighbourQuery exact = query;
    exact.exact = true;
    EXPECT_EQ(ids(*index->search(exact)), brute_force(products, exact));
  }
}

TEST(VectorIndex, ExcludedProductsScoresBelowTheMinimumAndMoreThanKAreLeftOut) {
  std::mt19937 random(6);
  const auto products = random_products(random, 300);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const auto vector = random_unit(random);
  const auto all = *index->search({.vector = vector, .k = 1000});
  ASSERT_EQ(all.size(), 300U);
  const std::vector<ProductId> exclude = {all[0].product, all[2].product};
  NeighbourQuery query{.vector = vector, .k = 5, .exclude = exclude, .min_score = all[4].score};
  EXPECT_EQ(ids(*index->search(query)), (std::vector<int64_t>{all[1].product.value, all[3].product.value, all[4].product.value}));
  query.k = 0;
  EXPECT_TRUE(index->search(query)->empty());
}

TEST(VectorIndex, BadVectorsAndFiltersAreRefusedAndChangeNothing) {
  std::mt19937 random(7);
  const auto index = make_embedded_index(kDimension);
  std::vector<float> vector = random_unit(random);
  EXPECT_TRUE(index->search({.vector = vector})->empty());
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    IndexedProduct product{{1}, {1}, {}, {{{1}, random_unit(random)}, {{2}, vector}}};
    product.pictures[1].vector[3] = bad;
    EXPECT_EQ(index->upsert(std::span(&product, 1)).error().reason, "bad_vector");
    const NeighbourQuery query{.vector = product.pictures[1].vector, .min_score = 0.5F};
    EXPECT_EQ(index->search(query).error().reason, "bad_vector");
    EXPECT_EQ(index->count(query, {}).error().reason, "bad_vector");
  }
  const std::vector<float> zero(kDimension), shorter(kDimension - 1, 0.1F);
  EXPECT_EQ(index->search({.vector = zero}).error().reason, "bad_vector");
  EXPECT_EQ(index->search({.vector = shorter}).error().reason, "bad_vector");
  EXPECT_EQ(index->stats().products, 0U);
  Filter deep = compare("price", FilterOperator::kLess, 1);
  for (int i = 0; i < 10000; ++i) deep = not_of(std::move(deep));
  EXPECT_EQ(index->search({.vector = vector, .filter = &deep}).error().reason, "bad_filter");
  const Filter wrong = compare("brand", FilterOperator::kLess, 1);
  EXPECT_EQ(index->search({.vector = vector, .filter = &wrong}).error().reason, "bad_filter");
}

// features: C6
TEST(VectorIndex, ASnapshotAnswersLikeTheIndexItWasMadeFromInUnder700BytesAPicture) {
  std::mt19937 random(8);
  const auto products = random_products(random, 800);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const std::vector<ProductId> removed = {{5}, {6}};
  index->remove(removed);
  index->settle();
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  const IndexStamp stamp{"catalogue", "encoder/3", 42};
  ASSERT_TRUE(index->save(path, stamp));
  const auto loaded = load_embedded_index(path);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->stamp, stamp);
  for (int i = 0; i < 20; ++i) {
    const auto vector = random_unit(random);
    EXPECT_EQ(ids(*loaded->index->search({.vector = vector})), ids(*index->search({.vector = vector})));
  }
  const auto rows = static_cast<double>(index->stats().rows);
  const double overhead = static_cast<double>(std::filesystem::file_size(path)) / rows - 2.0 * kDimension;
  EXPECT_LT(2.0 * 256 + overhead, 700.0);
}

TEST(VectorIndex, EveryDamagedSnapshotIsCorruptAndNeverCrashes) {
  std::mt19937 random(9);
  auto products = random_products(random, 5);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  ASSERT_TRUE(index->save(path, {"c", "s", 1}));
  const auto whole = *read_file(path);
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto loaded = load_embedded_index(std::span(whole).first(length));
    ASSERT_FALSE(loaded);
    ASSERT_EQ(loaded.error().code, ErrorCode::kCorrupt);
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    auto flipped = whole;
    flipped[i] ^= std::byte{0x41};
    const auto loaded = load_embedded_index(std::span<const std::byte>(flipped));
    if (!loaded) continue;  // or the search that first needs what is damaged says so
    const auto hits = loaded->index->search({.vector = products[0].pictures[0].vector});
    ASSERT_TRUE(!hits || ids(*hits) == ids(*index->search({.vector = products[0].pictures[0].vector}))) << i;
    if (!hits) {
      ASSERT_EQ(hits.error().code, ErrorCode::kCorrupt);
    }
  }
}

TEST(VectorIndex, SearchesRunWhileProductsChangeAndSeeAllOfAProductOrNothing) {
  std::mt19937 random(10);
  const auto index = make_embedded_index(kDimension);
  const auto base = random_products(random, 300);
  ASSERT_TRUE(index->upsert(base));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::mt19937 own(11);
    for (int round = 0; !stop && round < 3000; ++round) {
      IndexedProduct product{{1000 + round % 50}, {round % 5}, {}, {{{1}, random_unit(own)}, {{2}, random_unit(own)}}};
      if (round % 3 == 0) {
        index->remove(std::span(&product.product, 1));
      } else {
        ASSERT_TRUE(index->upsert(std::span(&product, 1)));
      }
    }
  });
  for (int i = 0; i < 300; ++i) {
    const auto vector = random_unit(random);
    const auto hits = index->search({.vector = vector, .k = 400});
    ASSERT_TRUE(hits);
    std::set<int64_t> seen;
    for (const Neighbour& hit : *hits) ASSERT_TRUE(seen.insert(hit.product.value).second);
    ASSERT_GE(hits->size(), 300U);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace nozama
