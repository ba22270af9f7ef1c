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

Result<std::vector<int32_t>> OwnIndex::search(std::span<const float> query, const Mode& mode) const {
  NeighbourQuery wanted;
  wanted.vector = query;
  wanted.k = kNeighbours;
  wanted.partitions = {{kPartition, 0}};
  wanted.exact = mode.exact;
  const Filter filter = filter_of(mode.workload);
  if (mode.workload.kind != FilterKind::kNone) wanted.filter = &filter;
  const auto hits = index_->search(wanted);
  if (!hits) return propagate(hits);
  std::vector<int32_t> rows(kNeighbours, -1);
  for (size_t i = 0; i < hits->size(); ++i) rows[i] = static_cast<int32_t>((*hits)[i].product.value - 1);
  return rows;
}

Result<std::vector<int32_t>> OwnIndex::round(std::span<const float> queries, const Mode& mode, Rounds& rounds) const {
  const size_t count = queries.size() / dimension_;
  std::vector<int32_t> found(count * kNeighbours);
  std::vector<float> times(count);
  for (size_t i = 0; i < std::min(kWarmUp, count); ++i) {
    if (auto warm = search(queries.subspan(i * dimension_, dimension_), mode); !warm) return warm;
  }
  const double cpu = thread_cpu_seconds();
  for (size_t i = 0; i < count; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto rows = search(queries.subspan(i * dimension_, dimension_), mode);
    times[i] = static_cast<float>(1e6 * seconds_since(start));
    if (!rows) return rows;
    std::ranges::copy(*rows, found.begin() + static_cast<ptrdiff_t>(i * kNeighbours));
  }
  rounds.add(std::move(times), 1e6 * (thread_cpu_seconds() - cpu) / static_cast<double>(count));
  return found;
}

}  // namespace nozama
