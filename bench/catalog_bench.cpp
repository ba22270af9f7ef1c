// The catalogue at 40,000 products: what an import and a search wait for. Run: build/<preset>/bench/catalog_bench
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "base/half.h"
#include "base/hash.h"
#include "catalog/catalog.h"

namespace nozama {
namespace {

constexpr int kProducts = 40'000;
constexpr int kBatch = 64;

ProductRecord make_product(int number) {
  ProductRecord product;
  product.external_id = fmt::format("B{:08}", number);
  for (const char* lang : {"en", "de", "fr", "es", "ja"}) {
    product.texts.push_back(
        {.lang = lang, .title = fmt::format("Chair {} {}", number, lang), .description = "A description of some length, as a shop has it."});
  }
  product.brand = "Studio";
  product.price_minor = 1000 + number;
  product.currency = "EUR";
  product.rating = 4.0;
  product.category_path = {fmt::format("Room {}", number % 8), fmt::format("Group {}", number % 40)};
  for (int i = 0; i < 6; ++i) product.attributes.push_back({.name = fmt::format("attribute {}", i), .value = "value"});
  PictureRecord picture;
  picture.content_hash = content_hash(std::as_bytes(std::span(product.external_id)));
  picture.width = picture.height = 640;
  picture.source_ref = "/pictures/" + product.external_id;
  product.pictures = {picture};
  return product;
}

ProductBatch make_batch(int first) {
  static std::mt19937 random(1);
  ProductBatch batch;
  batch.encoder_id = "bench";
  std::vector<float> values(1280);
  for (int number = first; number < first + kBatch; ++number) {
    for (float& value : values) value = static_cast<float>(random() % 1000) / 500.0F;
    batch.products.push_back(make_product(number));
    batch.embeddings.push_back({.content_hash = batch.products.back().pictures[0].content_hash, .half_bytes = encode_half(values)});
  }
  return batch;
}

// One for the whole run, in the current folder: the temporary folder is often memory, where a commit costs nothing.
class BenchCatalog {
 public:
  BenchCatalog() : folder_(fmt::format("catalog-bench-{}", random_hex(4))) {
    std::filesystem::create_directories(folder_);
    auto opened = Catalog::open(folder_ / "catalogue.db", {.create = true});
    if (!opened) abort_with(opened.error().message);
    catalog_ = std::move(*opened);
    for (int first = 0; first < kProducts; first += kBatch) {
      if (auto stored = catalog_->upsert(make_batch(first)); !stored) abort_with(stored.error().message);
    }
  }
  ~BenchCatalog() {
    catalog_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Catalog& operator*() { return *catalog_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<Catalog> catalog_;
};

Catalog& catalog() {
  static BenchCatalog shared;
  return *shared;
}

void BM_UpsertNewProducts(benchmark::State& state) {
  Catalog& shop = catalog();
  static int next = 1'000'000;
  for (auto _ : state) {
    state.PauseTiming();
    const ProductBatch batch = make_batch(next);
    next += kBatch;
    state.ResumeTiming();
    if (!shop.upsert(batch)) state.SkipWithError("upsert");
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_UpsertNewProducts)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_UpsertUnchangedProducts(benchmark::State& state) {
  Catalog& shop = catalog();
  ProductBatch batch = make_batch(0);
  for (auto _ : state) {
    if (!shop.upsert(batch)) state.SkipWithError("upsert");
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_UpsertUnchangedProducts)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_CardsOf30Products(benchmark::State& state) {
  Catalog& shop = catalog();
  std::mt19937 random(2);
  std::vector<ProductId> ids(30);
  for (auto _ : state) {
    for (ProductId& id : ids) id.value = 1 + static_cast<int64_t>(random() % kProducts);
    benchmark::DoNotOptimize(shop.cards(ids, "de"));
  }
}
BENCHMARK(BM_CardsOf30Products)->Unit(benchmark::kMicrosecond);

void BM_ProductPage(benchmark::State& state) {
  Catalog& shop = catalog();
  std::mt19937 random(3);
  for (auto _ : state) benchmark::DoNotOptimize(shop.product(fmt::format("B{:08}", random() % kProducts), "fr"));
}
BENCHMARK(BM_ProductPage)->Unit(benchmark::kMicrosecond);

void BM_ListCategory(benchmark::State& state) {
  Catalog& shop = catalog();
  ProductListQuery query;
  query.category = "room-3";
  query.offset = 600;
  for (auto _ : state) benchmark::DoNotOptimize(shop.list(query));
}
BENCHMARK(BM_ListCategory)->Unit(benchmark::kMicrosecond);

void BM_CategoryTree(benchmark::State& state) {
  Catalog& shop = catalog();
  for (auto _ : state) benchmark::DoNotOptimize(shop.categories("en"));
}
BENCHMARK(BM_CategoryTree)->Unit(benchmark::kMillisecond);

void BM_FeedTheIndex(benchmark::State& state) {
  Catalog& shop = catalog();
  int64_t rows = 0;
  for (auto _ : state) {
    (void)shop.for_each_indexable("bench", [&](const IndexRow&) -> Status {
      ++rows;
      return {};
    });
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(BM_FeedTheIndex)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
