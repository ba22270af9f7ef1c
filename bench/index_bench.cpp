// The index: scan against exact, under filters and gates, and what changes cost. Run: build/<preset>/bench/index_bench
//
// Times are worth their ratios: every benchmark of one run sees the same rows and queries. `recall` is recall@30 against
// the exact mode, `share` what a filter lets pass.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "bench/cnn_like_vectors.h"
#include "index/vector_index.h"

namespace nozama {
namespace {

constexpr size_t kDimension = 256;
constexpr int kCategories = 8;

struct Shop {
  std::unique_ptr<VectorIndex> index = make_embedded_index(kDimension);
  std::vector<std::vector<float>> queries;
  std::vector<IndexedProduct> changes;  // products to write again
};

// What a shop knows of product i beside its price.
void describe(int64_t i, RowAttributes& attributes) {
  const int64_t any = i * 2'654'435'761 % 1'000'003;
  attributes.set("rating", static_cast<double>(any % 41 + 10) / 10);
  attributes.set("in_stock", any % 7 != 0);
  attributes.add("brand", "brand " + std::to_string(any % 600 * (any % 13) / 12));
  attributes.add("category", "category " + std::to_string(i % kCategories + 1));
  for (int64_t colour = 0; colour <= any % 3; ++colour) attributes.add("colour", "colour " + std::to_string((any / 16 + 5 * colour) % 12));
}

// And what its titles say: words of which few are frequent.
void describe_words(int64_t i, RowAttributes& attributes) {
  for (int64_t word = 1; word <= 5; ++word) {
    const int64_t any = (i * 5 + word) * 2'654'435'761 % 1'000'003;
    attributes.add("title", "word " + std::to_string(any % 5000 * (any / 5000) / 200));
  }
}

const Shop& shop_of(int64_t rows) {
  static std::map<int64_t, Shop> shops;
  const auto [entry, fresh] = shops.try_emplace(rows);
  if (!fresh) return entry->second;
  Shop& shop = entry->second;
  BenchVectors made = cnn_like_vectors(kDimension, rows, 100, 1);
  std::vector<float> vector(kDimension);
  std::vector<IndexedProduct> batch;
  for (int64_t i = 1; i <= rows; ++i) {
    (void)made.rows->read(vector);
    IndexedProduct product{{i}, {i % kCategories + 1}, {}, {{{i}, vector}}};
    product.attributes.set("price", static_cast<double>(i * 7919 % 100'000));
    describe(i, product.attributes);
    batch.push_back(std::move(product));
  }
  (void)shop.index->upsert(batch);
  shop.changes.assign(batch.begin(), batch.begin() + 1000);
  for (auto query = made.queries.begin(); query != made.queries.end(); query += kDimension) shop.queries.emplace_back(query, query + kDimension);
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

// Of the products, in thousandths, that reach the least score.
void count_facets_from_a_least_score(benchmark::State& state) {
  const Shop& shop = shop_of(state.range(0));
  NeighbourQuery query;
  query.k = static_cast<size_t>(state.range(0) * state.range(1) / 1000);
  std::vector<float> least;
  for (const auto& vector : shop.queries) {
    query.vector = vector;
    least.push_back(shop.index->search(query)->back().score);
  }
  const std::vector<FacetRequest> facets = {{"brand"}, {"category"}, {"colour"}, {"price"}, {"rating"}, {"in_stock"}};
  size_t next = 0;
  int64_t counted = 0;
  SearchCost cost;
  query.cost = &cost;
  for (auto _ : state) {
    query.vector = shop.queries[next % shop.queries.size()];
    query.min_score = least[next++ % shop.queries.size()];
    counted += shop.index->count(query, facets)->total;
  }
  state.counters["estimated"] = static_cast<double>(cost.estimated);
  state.counters["compared"] = static_cast<double>(cost.compared);
  state.counters["counted"] = benchmark::Counter(static_cast<double>(counted), benchmark::Counter::kAvgIterations);
}

// The file of a shop with the words of its titles beside what others have.
void save_a_snapshot(benchmark::State& state) {
  const int64_t rows = state.range(0);
  BenchVectors made = cnn_like_vectors(kDimension, rows, 1, 1);
  std::vector<float> vector(kDimension);
  std::vector<IndexedProduct> products;
  for (int64_t i = 1; i <= rows; ++i) {
    (void)made.rows->read(vector);
    products.push_back({{i}, {i % kCategories + 1}, {}, {{{i}, vector}}});
    products.back().attributes.set("price", static_cast<double>(i * 7919 % 100'000));
    describe(i, products.back().attributes);
    describe_words(i, products.back().attributes);
  }
  const auto index = make_embedded_index(kDimension);
  (void)index->upsert(products);
  index->settle();
  const auto path = std::filesystem::temp_directory_path() / "nozama_index_bench.nzi";
  for (auto _ : state) (void)index->save(path, {});
  state.counters["file bytes/row"] = static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(rows);
  state.counters["bytes/row"] = static_cast<double>(index->stats().bytes) / static_cast<double>(rows);
  std::filesystem::remove(path);
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
BENCHMARK(count_facets_from_a_least_score)->Args({125'000, 1})->Args({125'000, 10})->Args({125'000, 100})->Args({125'000, 500})->Unit(benchmark::kMicrosecond);
BENCHMARK(save_a_snapshot)->Arg(20'000)->Arg(125'000)->Unit(benchmark::kMillisecond);
BENCHMARK(write_products)->Arg(50'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
