// One whole query (photo bytes → products) beside one pass of the encoder, and beside a search inside a category. bench/import_throughput.py imports a shop and
// runs this:
//   NOZAMA_DATA=… NOZAMA_MODELS=build/models NOZAMA_PHOTO=photo.jpg build/bench/bench/engine_bench
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "base/cpu_time.h"
#include "base/file.h"
#include "bench/cnn_like_vectors.h"
#include "engine/engine.h"
#include "engine/live_index.h"
#include "engine/serving_model.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"

namespace nozama {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Made once; null without NOZAMA_DATA.
Engine* engine() {
  static const std::unique_ptr<Engine> opened = []() -> std::unique_ptr<Engine> {
    // A photo a thread, as `nozama serve` reads them.
    auto workspace = Workspace::open({.data_dir = variable("NOZAMA_DATA"), .models_dir = variable("NOZAMA_MODELS"), .threads = 1});
    if (!workspace) return nullptr;
    auto made = Engine::open(std::move(*workspace));
    return made ? std::move(*made) : nullptr;
  }();
  return opened.get();
}

Image photo() {
  const auto bytes = read_file(variable("NOZAMA_PHOTO"));
  const auto image = bytes ? decode_image(*bytes) : Result<Image>(make_image(400, 533));
  return image ? *image : make_image(400, 533);
}

void query(benchmark::State& state, const Result<std::vector<std::byte>>& bytes) {
  if (engine() == nullptr || !bytes) return state.SkipWithError("set NOZAMA_DATA to a data directory, NOZAMA_MODELS and NOZAMA_PHOTO");
  StageTimings sum;
  for (auto _ : state) {
    SearchQuery query;
    query.subject = PhotoSubject{*bytes};
    const auto answer = engine()->search(query);
    if (!answer) return state.SkipWithError(answer.error().message.c_str());
    sum.decode_ms += answer->timings.decode_ms;
    sum.encode_ms += answer->timings.encode_ms;
    sum.search_ms += answer->timings.search_ms;
    sum.rank_ms += answer->timings.rank_ms;
  }
  const auto mean = [&state](double total) { return benchmark::Counter(total / static_cast<double>(state.iterations())); };
  state.counters["decode_ms"] = mean(sum.decode_ms);
  state.counters["encode_ms"] = mean(sum.encode_ms);
  state.counters["search_ms"] = mean(sum.search_ms);
  state.counters["rank_ms"] = mean(sum.rank_ms);
}

void query_jpeg(benchmark::State& state) { query(state, encode_jpeg(resize(photo(), 400, 533), 88)); }
void query_jpeg_12_megapixels(benchmark::State& state) { query(state, encode_jpeg(resize(photo(), 3000, 4000), 88)); }
void query_webp(benchmark::State& state) { query(state, encode_webp(resize(photo(), 400, 533), 85)); }

constexpr int64_t kCategories = 8, kInCategory = 5000;

// Of the first system's size: 40,000 products.
struct CategoryShop {
  std::unique_ptr<VectorIndex> index = make_embedded_index(kIndexDimension);
  std::vector<float> queries;
  size_t next = 0;

  CategoryShop() {
    BenchVectors made = cnn_like_vectors(kIndexDimension, kCategories * kInCategory, 256, 1);
    std::vector<float> rows(size_t{kCategories * kInCategory} * kIndexDimension);
    (void)made.rows->read(rows);
    std::vector<IndexedProduct> products;
    for (int64_t id = 0; id < kCategories * kInCategory; ++id) {
      const auto row = std::span(rows).subspan(static_cast<size_t>(id) * kIndexDimension, kIndexDimension);
      products.push_back({{id + 1}, {id % kCategories + 1}, {}, {{{id + 1}, {row.begin(), row.end()}}}});
    }
    if (!index->upsert(products)) abort_with("the made vectors do not fit the index");
    index->settle();  // or else its work in the background counts as a search's
    queries = std::move(made.queries);
  }

  Result<std::vector<Neighbour>> search(size_t k) {
    const size_t query = next++ % (queries.size() / kIndexDimension);
    NeighbourQuery wanted{.vector = std::span(queries).subspan(query * kIndexDimension, kIndexDimension), .k = k};
    wanted.partitions = {{{static_cast<int64_t>(query) % kCategories + 1}, 0}};
    return index->search(wanted);
  }
};

// A whole photo query and a search for the argument's number of products in turns; `share` is processor time of the one by that of
// the other.
void category_search(benchmark::State& state) {
  const auto bytes = encode_jpeg(resize(photo(), 400, 533), 88);
  if (engine() == nullptr || !bytes) return state.SkipWithError("set NOZAMA_DATA to a data directory, NOZAMA_MODELS and NOZAMA_PHOTO");
  static CategoryShop shop;
  double query_s = 0, search_s = 0;
  for (auto _ : state) {
    const double begin = process_cpu_seconds();
    const auto answer = engine()->search({.subject = PhotoSubject{*bytes}});
    const double answered = process_cpu_seconds();
    const auto found = shop.search(static_cast<size_t>(state.range(0)));
    search_s += process_cpu_seconds() - answered;
    query_s += answered - begin;
    if (!answer || !found) return state.SkipWithError("a search failed");
  }
  const auto searches = static_cast<double>(state.iterations());
  state.counters["query_cpu_ms"] = 1e3 * query_s / searches;
  state.counters["search_cpu_us"] = 1e6 * search_s / searches;
  state.counters["share"] = search_s / query_s;
}

// A picture that needs no scaling: the pass alone, but for cutting out the middle.
void encoder_pass(benchmark::State& state) {
  if (engine() == nullptr) return state.SkipWithError("set NOZAMA_DATA to a data directory, and NOZAMA_MODELS");
  const auto encoder = engine()->live().model->encoder;
  const Image image = resize(photo(), encoder->info().resize_side(), encoder->info().resize_side());
  for (auto _ : state) benchmark::DoNotOptimize(encoder->encode(image));
}

BENCHMARK(encoder_pass)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(query_jpeg)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(query_jpeg_12_megapixels)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
// A first page, and as many as the answer to a photo looks at.
BENCHMARK(category_search)->Arg(30)->Arg(SearchLimits::kCountedMax)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(query_webp)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nozama

BENCHMARK_MAIN();
