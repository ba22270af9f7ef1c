// The index: scan against exact, under filters and gates, and what changes cost. Run: build/<preset>/bench/index_bench
//
// Times are worth their ratios: every benchmark of one run sees the same rows and queries. `recall` is recall@30 against
// the exact mode, `share` what a filter lets pass.
#include <benchmark/benchmark.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "index/vector_index.h"

namespace nozama {
namespace {

constexpr size_t kDimension = 256;
constexpr int kCategories = 8;
constexpr int kClusters = 200;

// Like projected embeddings: clusters in a space whose later directions carry less and less.
class Generator {
 public:
  Generator() {
    for (int i = 0; i < kClusters; ++i) centres_.push_back(cloud(1));
  }
  std::vector<float> next() {
    std::vector<float> vector = centres_[random_() % centres_.size()];
    const auto own = cloud(0.7F);
    float squares = 0;
    for (size_t j = 0; j < kDimension; ++j) {
      vector[j] += own[j];
      squares += vector[j] * vector[j];
    }
    for (float& value : vector) value /= std::sqrt(squares);
    return vector;
  }

 private:
  std::vector<float> cloud(float width) {
    std::normal_distribution<float> normal;
    std::vector<float> vector(kDimension);
    for (size_t j = 0; j < kDimension; ++j) vector[j] = width * normal(random_) / std::sqrt(1 + static_cast<float>(j) / 8);
    return vector;
  }
  std::mt19937 random_{1};
  std::vector<std::vector<float>> centres_;
};

struct Shop {
  std::unique_ptr<VectorIndex> index = make_embedded_index(kDimension);
  std::vector<std::vector<float>> queries;
  std::vector<IndexedProduct> changes;  // products to write again
};

const Shop& shop_of(int64_t rows) {
  static std::map<int64_t, Shop> shops;
  const auto [entry, fresh] = shops.try_emplace(rows);
  if (!fresh) return entry->second;
  Generator generator;
  Shop& shop = entry->second;
  std::vector<IndexedProduct> batch;
  for (int64_t i = 1; i <= rows; ++i) {
    IndexedProduct product{{i}, {i % kCategories + 1}, {}, {{{i}, generator.next()}}};
    product.attributes.set("price", static_cast<double>(i * 7919 % 100'000));
    batch.push_back(std::move(product));
  }
  (void)shop.index->upsert(batch);
  shop.changes.assign(batch.begin(), batch.begin() + 1000);
  for (int i = 0; i < 100; ++i) shop.queries.push_back(generator.next());
  return shop;
}

double recall(const Shop& shop, NeighbourQuery query) {
  size_t found = 0, wanted = 0;
  for (const auto& vector : shop.queries) {
    query.vector = vector;
    query.exact = true;
    std::set<int64_t> truth;
    const auto exact = shop.index->search(query);
    for (const Neighbour& hit : *exact) truth.insert(hit.product.value);
    query.exact = false;
    const auto hits = shop.index->search(query);
    for (const Neighbour& hit : *hits) found += truth.count(hit.product.value);
    wanted += truth.size();
  }
  return wanted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(wanted);
}

void run(benchmark::State& state, NeighbourQuery query) {
  const Shop& shop = shop_of(state.range(0));
  size_t next = 0;
  for (auto _ : state) {
    query.vector = shop.queries[next++ % shop.queries.size()];
    benchmark::DoNotOptimize(shop.index->search(query));
  }
  if (!query.exact) state.counters["recall"] = recall(shop, query);
  state.counters["bytes/row"] = static_cast<double>(shop.index->stats().bytes) / static_cast<double>(state.range(0));
}

void search_everything(benchmark::State& state) { run(state, {}); }
void search_exactly(benchmark::State& state) {
  NeighbourQuery query;
  query.exact = true;
  run(state, query);
}
void search_one_category(benchmark::State& state) {
  NeighbourQuery query;
  query.partitions = {{{3}, 0}};
  run(state, query);
}
// Three likely categories and five that cannot win any more.
void search_through_the_gate(benchmark::State& state) {
  NeighbourQuery query;
  query.partitions = {{{1}, 0}, {{2}, -0.05F}, {{3}, -0.1F}};
  for (int64_t id = 4; id <= kCategories; ++id) query.partitions.push_back({{id}, -1.5F});
  run(state, query);
}
void search_under_a_filter(benchmark::State& state) {
  const double share = static_cast<double>(state.range(1)) / 1000;
  const Filter cheap = compare("price", FilterOperator::kLess, 100'000 * share);
  NeighbourQuery query;
  query.filter = &cheap;
  run(state, query);
  state.counters["share"] = share;
}

void write_products(benchmark::State& state) {
  const Shop& shop = shop_of(state.range(0));
  size_t next = 0;
  for (auto _ : state) {
    const size_t i = next++ % shop.changes.size();
    (void)shop.index->upsert(std::span(shop.changes).subspan(i, 1));
  }
}

BENCHMARK(search_everything)->Arg(5'000)->Arg(50'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(search_exactly)->Arg(5'000)->Arg(50'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(search_one_category)->Arg(40'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(search_through_the_gate)->Arg(40'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(search_under_a_filter)->Args({50'000, 1})->Args({50'000, 10})->Args({50'000, 100})->Args({50'000, 500})->Unit(benchmark::kMicrosecond);
BENCHMARK(write_products)->Arg(50'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
