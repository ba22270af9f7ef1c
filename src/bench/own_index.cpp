#include "bench/own_index.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>

#include "index/code_kernels.h"
#include "index/filter.h"

namespace nozama {
namespace {

constexpr CategoryId kPartition{1};
constexpr double kPriceMax = 1e6;
constexpr size_t kWarmUp = 50;

double seconds_since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

Filter filter_of(const Workload& workload) {
  // The labels are floats, and so is the limit that the true answers are found with.
  const auto limit = static_cast<double>(static_cast<float>(workload.pass));
  if (workload.kind == FilterKind::kCluster) return compare("rating", FilterOperator::kLess, limit);
  return compare("price", FilterOperator::kLess, limit * kPriceMax);
}

}  // namespace

OwnIndex::OwnIndex(size_t dimension) : dimension_(dimension), index_(make_embedded_index(dimension)) {}

std::string OwnIndex::version() { return NOZAMA_VERSION " " + std::string(code_kernels().name); }

Status OwnIndex::add(int64_t first, std::span<const float> rows, std::span<const RowLabels> labels) {
  std::vector<IndexedProduct> products(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const int64_t id = first + static_cast<int64_t>(i) + 1;
    const auto vector = rows.subspan(i * dimension_, dimension_);
    products[i] = {{id}, kPartition, {}, {{{id}, {vector.begin(), vector.end()}}}};
    products[i].attributes.set("price", labels[i].random * kPriceMax);
    products[i].attributes.set("rating", labels[i].cluster);
  }
  const double before = process_cpu_seconds();
  auto done = index_->upsert(products);
  build_cpu_s_ += process_cpu_seconds() - before;
  return done;
}

void OwnIndex::remove(int64_t first, size_t count) {
  std::vector<ProductId> products;
  for (size_t i = 0; i < count; ++i) products.push_back({first + static_cast<int64_t>(i) + 1});
  index_->remove(products);
}

Status OwnIndex::reopen(const std::filesystem::path& snapshot) {
  const double before = process_cpu_seconds();
  index_->settle();
  if (auto saved = index_->save(snapshot, {"bench", "bench", 0}); !saved) return saved;
  build_cpu_s_ += process_cpu_seconds() - before;
  return open(snapshot);
}

Status OwnIndex::open(const std::filesystem::path& snapshot) {
  index_.reset();
  malloc_trim(0);
  const size_t held = process_memory().anonymous;
  const auto start = std::chrono::steady_clock::now();
  auto loaded = load_embedded_index(snapshot);
  if (!loaded) return propagate(loaded);
  open_s_ = seconds_since(start);
  index_ = std::move(loaded->index);
  index_bytes_ = static_cast<double>(std::filesystem::file_size(snapshot));
  const size_t holds = process_memory().anonymous;
  resident_bytes_ = holds > held ? static_cast<double>(holds - held) : 0;
  return {};
}

Result<std::vector<int32_t>> OwnIndex::search(std::span<const float> queries, const Mode& mode) const {
  const size_t count = queries.size() / dimension_;
  const Filter filter = filter_of(mode.workload);
  std::vector<NeighbourQuery> wanted(count);
  for (size_t i = 0; i < count; ++i) {
    wanted[i].vector = queries.subspan(i * dimension_, dimension_);
    wanted[i].k = kNeighbours;
    wanted[i].partitions = {{kPartition, 0}};
    wanted[i].exact = mode.exact;
    if (mode.workload.kind != FilterKind::kNone) wanted[i].filter = &filter;
  }
  std::vector<int32_t> rows(count * kNeighbours, -1);
  const auto put = [&rows](size_t query, const std::vector<Neighbour>& hits) {
    for (size_t i = 0; i < hits.size(); ++i) rows[query * kNeighbours + i] = static_cast<int32_t>(hits[i].product.value - 1);
  };
  if (mode.together == 1) {
    const auto hits = index_->search(wanted.front());
    if (!hits) return propagate(hits);
    put(0, *hits);
    return rows;
  }
  const auto answers = index_->search_many(wanted);
  if (!answers) return propagate(answers);
  for (size_t i = 0; i < count; ++i) put(i, (*answers)[i]);
  return rows;
}

Result<std::vector<int32_t>> OwnIndex::round(std::span<const float> queries, const Mode& mode, Rounds& rounds) const {
  const size_t count = queries.size() / dimension_;
  const auto some = [&](size_t first) { return queries.subspan(first * dimension_, std::min(mode.together, count - first) * dimension_); };
  std::vector<int32_t> found;
  std::vector<float> times;
  for (size_t i = 0; i < std::min(kWarmUp, count); i += mode.together) {
    if (auto warm = search(some(i), mode); !warm) return warm;
  }
  const double cpu = thread_cpu_seconds();
  for (size_t i = 0; i < count; i += mode.together) {
    const auto start = std::chrono::steady_clock::now();
    const auto rows = search(some(i), mode);
    const size_t asked = std::min(mode.together, count - i);
    times.insert(times.end(), asked, static_cast<float>(1e6 * seconds_since(start) / static_cast<double>(asked)));
    if (!rows) return rows;
    found.insert(found.end(), rows->begin(), rows->end());
  }
  rounds.add(std::move(times), 1e6 * (thread_cpu_seconds() - cpu) / static_cast<double>(count));
  return found;
}

}  // namespace nozama
