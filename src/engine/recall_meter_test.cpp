#include "engine/recall_meter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <latch>
#include <random>
#include <thread>

#include "engine/serving_model.h"

namespace nozama {
namespace {

constexpr int kDimension = 32;

std::vector<float> random_unit(std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> vector(kDimension);
  float squares = 0;
  for (float& value : vector) {
    value = normal(random);
    squares += value * value;
  }
  for (float& value : vector) value /= std::sqrt(squares);
  return vector;
}

// The embedding is the vector.
std::shared_ptr<const ServingModel> plain_model() {
  auto model = std::make_shared<ServingModel>();
  model->projection.in = model->projection.out = kDimension;
  model->projection.mean.assign(kDimension, 0.0F);
  model->projection.matrix.assign(size_t{kDimension} * kDimension, 0.0F);
  for (size_t i = 0; i < kDimension; ++i) model->projection.matrix[i * kDimension + i] = 1;
  return model;
}

std::vector<IndexedProduct> products_of(std::mt19937& random, int64_t count) {
  std::vector<IndexedProduct> products;
  for (int64_t id = 1; id <= count; ++id) {
    products.push_back({{id}, {id % 3}, {}, {{{id}, random_unit(random)}}});
    products.back().attributes.add("brand", id % 2 == 0 ? "even" : "odd");
  }
  return products;
}

class RecallMeterTest : public testing::Test {
 protected:
  RecallMeterTest() { EXPECT_TRUE(live_.index->upsert(products_of(random_, 2000))); }
  std::mt19937 random_{1};
  Live live_{plain_model(), make_embedded_index(kDimension)};
};

// An index that keeps the meter waiting, or answers something wrong in the usual mode.
class StrangeIndex final : public VectorIndex {
 public:
  StrangeIndex(std::shared_ptr<VectorIndex> real, std::latch* wait) : real_(std::move(real)), wait_(wait) {}
  size_t dimension() const override { return real_->dimension(); }
  Status upsert(std::span<const IndexedProduct> products) override { return real_->upsert(products); }
  void remove(std::span<const ProductId> products) override { real_->remove(products); }
  Result<std::vector<Neighbour>> search(const NeighbourQuery& query) const override { return real_->search(query); }
  Result<std::vector<std::vector<Neighbour>>> search_many(std::span<const NeighbourQuery> queries) const override { return real_->search_many(queries); }
  Result<BothModes> search_in_both_modes(const NeighbourQuery& query) const override {
    if (wait_ != nullptr) wait_->wait();
    if (query.k == 13) return fail(ErrorCode::kCorrupt, "damaged_index", "as if");
    auto both = real_->search_in_both_modes(query);
    if (both) both->usual.erase(both->usual.begin() + 4);
    return both;
  }
  Result<FacetCounts> count(const NeighbourQuery& query, std::span<const FacetRequest> facets) const override { return real_->count(query, facets); }
  Result<std::vector<ProductId>> list(const NeighbourQuery& query, const ListOrder& order) const override { return real_->list(query, order); }
  IndexStats stats() const override { return real_->stats(); }
  std::vector<ColumnSpec> columns() const override { return real_->columns(); }
  std::vector<CategoryId> partitions() const override { return real_->partitions(); }
  Status health() const override { return real_->health(); }
  void settle() override { real_->settle(); }
  Status save(const std::filesystem::path& path, const IndexStamp& stamp) const override { return real_->save(path, stamp); }

 private:
  std::shared_ptr<VectorIndex> real_;
  std::latch* wait_;
};

// features: C7
TEST_F(RecallMeterTest, MeasuresTheSearchWithAllThatItAskedForAfterTheAskerHasForgottenIt) {
  RecallMeter meter(1);
  {
    const Filter even = one_of("brand", {"even"});
    const std::vector<ProductId> exclude = {{2}, {4}};
    const std::vector<float> vector = random_unit(random_);
    // Of 2,000 products a third is in the partition, and of those half is even.
    NeighbourQuery query{.k = 1000, .partitions = {{{0}, 0.5F}}, .filter = &even, .exclude = exclude, .min_score = 0.45F};
    meter.offer(live_, vector, query);
    query.min_score = 1.6F;  // nothing is so near
    meter.offer(live_, vector, query);
  }
  meter.settle();
  const RecallFigures figures = meter.figures();
  EXPECT_EQ(figures.sample_every, 1);
  EXPECT_EQ(figures.searches, 1);
  EXPECT_EQ(figures.expected, kRecallResults);
  EXPECT_EQ(figures.found, kRecallResults);
  EXPECT_EQ(figures.failed + figures.skipped, 0);
}

// features: C7
TEST_F(RecallMeterTest, AResultThatTheUsualModeDoesNotFindIsToldWithItsRank) {
  live_.index = std::make_shared<StrangeIndex>(live_.index, nullptr);
  RecallMeter meter(1);
  meter.offer(live_, random_unit(random_), {.k = 30});
  meter.offer(live_, random_unit(random_), {.k = 13});
  meter.settle();
  const RecallFigures figures = meter.figures();
  EXPECT_EQ(figures.failed, 1);
  EXPECT_DOUBLE_EQ(figures.window.recall, 29.0 / 30);
  ASSERT_EQ(figures.misses.size(), 1U);
  EXPECT_EQ(figures.misses[0].first_rank, 5);
}

// features: C7
TEST_F(RecallMeterTest, ASearchNeverWaitsForTheMeterAndWhatItCannotTakeIsCounted) {
  std::latch opened(1);
  live_.index = std::make_shared<StrangeIndex>(live_.index, &opened);
  RecallMeter meter(1);
  constexpr int64_t kOffered = 100;
  for (int64_t i = 0; i < kOffered; ++i) meter.offer(live_, random_unit(random_), {.k = 30});
  EXPECT_GE(meter.figures().skipped, kOffered - static_cast<int64_t>(RecallMeter::kWaitingMax) - 2);
  opened.count_down();
  meter.settle();
  const RecallFigures figures = meter.figures();
  EXPECT_EQ(figures.skipped + figures.searches, kOffered);
}

TEST_F(RecallMeterTest, TakesItsShareOfTheSearchesAndNoneWhenItIsOff) {
  live_.index = std::make_shared<StrangeIndex>(live_.index, nullptr);
  RecallMeter tenth(10), off(0);
  const std::vector<float> vector = random_unit(random_);
  for (int i = 0; i < 2000; ++i) {
    tenth.offer(live_, vector, {.k = 13});  // fails at once
    off.offer(live_, vector, {.k = 13});
  }
  tenth.settle();
  const int64_t chosen = tenth.figures().failed + tenth.figures().skipped;
  EXPECT_GT(chosen, 150);
  EXPECT_LT(chosen, 250);
  EXPECT_EQ(off.figures().failed + off.figures().skipped, 0);
  EXPECT_EQ(off.figures().sample_every, 0);
}

// features: C7
TEST_F(RecallMeterTest, ProductsThatComeAndGoBetweenTheTwoSearchesAreNotMisses) {
  RecallMeter meter(1);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    std::mt19937 random(2);
    while (!done) {
      auto products = products_of(random, 2000);
      EXPECT_TRUE(live_.index->upsert(std::span(products).subspan(random() % 1900, 100)));
      const ProductId gone{static_cast<int64_t>(random() % 2000) + 1};
      live_.index->remove(std::span(&gone, 1));
    }
  });
  for (int i = 0; i < 200; ++i) {
    meter.offer(live_, random_unit(random_), {.k = 200});
    meter.settle();
  }
  done = true;
  writer.join();
  const RecallFigures figures = meter.figures();
  EXPECT_EQ(figures.searches, 200);
  EXPECT_GE(figures.window.recall, 0.999);
}

}  // namespace
}  // namespace nozama
