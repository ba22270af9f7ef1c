// The index against a plain list, through long random histories.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "base/scratch_dir_for_test.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

Filter random_filter(std::mt19937& random, int depth) {
  switch (depth == 0 ? random() % 5 : random() % 8) {
    case 0: return compare("price", static_cast<FilterOperator>(random() % 5), static_cast<double>(random() % 10000));
    case 1: return compare("rating", static_cast<FilterOperator>(random() % 5), static_cast<double>(random() % 6));
    case 2: return compare("in_stock", FilterOperator::kEqual, static_cast<double>(random() % 2));
    case 3: return one_of("brand", random() % 2 == 0 ? std::vector<std::string>{"even"} : std::vector<std::string>{"odd", "none"});
    case 4: return one_of("colour", random() % 2 == 0 ? std::vector<std::string>{"red"} : std::vector<std::string>{"green", "blue"});
    case 5: return all_of({random_filter(random, depth - 1), random_filter(random, depth - 1)});
    case 6: return any_of({random_filter(random, depth - 1), random_filter(random, depth - 1)});
    default: return not_of(random_filter(random, depth - 1));
  }
}

// An index and the products that it should hold.
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  void step() {
    if (random_() % 3 == 0) {
      std::vector<ProductId> gone;
      for (size_t i = 0; i < random_() % 60; ++i) gone.push_back({static_cast<int64_t>(random_() % 800) + 1});
      index_->remove(gone);
      for (const ProductId product : gone) products_.erase(product.value);
      return;
    }
    auto batch = random_products(random_, static_cast<int>(random_() % 40) + 1);
    for (IndexedProduct& product : batch) {
      product.product.value = static_cast<int64_t>(random_() % 800) + 1;
      product.partition.value = static_cast<int64_t>(random_() % 6);
      if (random_() % 2 == 0) product.attributes.set("rating", static_cast<double>(random_() % 6));
      if (random_() % 5 == 0) product.attributes.numbers.clear();
      if (random_() % 20 == 0) product.pictures.clear();
    }
    ASSERT_TRUE(index_->upsert(batch));
    for (const IndexedProduct& product : batch) products_[product.product.value] = product;
  }

  void reopen() {
    const ScratchDir scratch;
    const auto path = scratch.path() / "index.nzi";
    ASSERT_TRUE(index_->save(path, {"c", "s", 1}));
    auto loaded = load_embedded_index(path);
    ASSERT_TRUE(loaded) << loaded.error().message;
    index_ = std::move(loaded->index);
  }

  // Exactly the oracle's answer in exact mode; returns the share of it that the scan finds.
  double check() {
    const auto vector = random_unit(random_);
    const Filter filter = random_filter(random_, 3);
    std::vector<ProductId> exclude;
    for (size_t i = 0; i < random_() % 5; ++i) exclude.push_back({static_cast<int64_t>(random_() % 800) + 1});
    NeighbourQuery query{.vector = vector, .k = random_() % 50 + 1, .exclude = exclude};
    if (random_() % 2 == 0) query.filter = &filter;
    if (random_() % 3 == 0) query.min_score = static_cast<float>(random_() % 100) / 200;
    if (random_() % 2 == 0) query.partitions = {{{1}, -0.1F}, {{4}, 0.2F}, {{3}, -3.0F}, {{77}, 0.0F}};
    std::vector<IndexedProduct> all;
    for (const auto& [id, product] : products_) all.push_back(product);
    const auto truth = brute_force(all, query);
    // Whatever the background is about to tidy up, and when it has.
    query.exact = true;
    EXPECT_EQ(ids(*index_->search(query)), truth);
    index_->settle();
    EXPECT_EQ(ids(*index_->search(query)), truth);
    query.exact = false;
    const auto found = index_->search(query);
    EXPECT_TRUE(found);
    for (const Neighbour& hit : *found) {
      const auto& pictures = products_.at(hit.product.value).pictures;
      EXPECT_TRUE(std::ranges::any_of(pictures, [&](const IndexedPicture& picture) { return picture.picture == hit.picture; }));
      EXPECT_EQ(hit.partition, products_.at(hit.product.value).partition);
    }
    EXPECT_EQ(index_->stats().products, static_cast<size_t>(std::ranges::count_if(all, [](const auto& product) { return !product.pictures.empty(); })));
    return overlap(ids(*found), truth);
  }

 private:
  std::mt19937 random_;
  std::unique_ptr<VectorIndex> index_ = make_embedded_index(kDimension);
  std::map<int64_t, IndexedProduct> products_;
};

// features: C1 C2 C4 C5 C6
TEST(VectorIndexHistory, AnswersLikeAPlainListAfterAnyChangesUnderAnyFilterAndWeights) {
  double found = 0;
  int searches = 0;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    History history(seed);
    for (int i = 0; i < 120; ++i) {
      history.step();
      if (i % 30 == 29) history.reopen();
      if (i % 3 != 0) continue;
      found += history.check();
      ++searches;
    }
  }
  EXPECT_GE(found / searches, 0.999);
}

TEST(VectorIndex, EqualScoresComeByAscendingProductEvenAmongThousandsOfCopies) {
  std::mt19937 random(12);
  const auto copy = random_unit(random);
  std::vector<IndexedProduct> products;
  for (int64_t i = 2000; i > 0; --i) products.push_back({{i}, {i % 3}, {}, {{{i}, copy}}});
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  for (const bool exact : {false, true}) {
    NeighbourQuery query{.vector = copy, .k = 20};
    query.exact = exact;
    std::vector<int64_t> expected;
    for (int64_t i = 1; i <= 20; ++i) expected.push_back(i);
    EXPECT_EQ(ids(*index->search(query)), expected) << exact;
  }
}

TEST(VectorIndex, AnyKIsServed) {
  std::mt19937 random(13);
  const auto products = random_products(random, 300);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  const auto vector = random_unit(random);
  for (const size_t k : {size_t{1}, size_t{300}, size_t{1} << 61, size_t{1} << 62, SIZE_MAX}) {
    EXPECT_EQ(index->search({.vector = vector, .k = k})->size(), std::min<size_t>(k, 300)) << k;
  }
}

TEST(VectorIndex, WeightsThatAreNotFiniteAndVectorsOfAnotherLengthAreRefused) {
  std::mt19937 random(14);
  const auto index = make_embedded_index(kDimension);
  auto vector = random_unit(random);
  NeighbourQuery query{.vector = vector};
  query.partitions = {{{1}, std::nanf("")}};
  EXPECT_EQ(index->search(query).error().reason, "bad_weight");
  for (float& value : vector) value *= 1.1F;
  EXPECT_EQ(index->search({.vector = vector}).error().reason, "bad_vector");
}

TEST(VectorIndex, SpaceOfDeletedRowsIsTakenBack) {
  std::mt19937 random(15);
  const auto index = make_embedded_index(kDimension);
  auto products = random_products(random, 500);
  ASSERT_TRUE(index->upsert(products));
  index->settle();
  const size_t bytes = index->stats().bytes;
  for (int round = 0; round < 20; ++round) ASSERT_TRUE(index->upsert(products));
  index->settle();
  EXPECT_EQ(index->stats().products, 500U);
  EXPECT_LT(index->stats().bytes, 4 * bytes);
  EXPECT_LT(index->stats().deleted_rows, index->stats().rows + 4 * 256);
}

}  // namespace
}  // namespace nozama
