#include "index/embedded_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/cpu_time.h"
#include "index/fixed_point.h"
#include "index/index_count.h"
#include "index/index_search.h"
#include "index/threshold_scan.h"

namespace nozama {
namespace {

constexpr double kSquaredLengthTolerance = 0.01;

Status check_vector(std::span<const float> vector, size_t dimension) {
  if (vector.size() != dimension) {
    return fail(ErrorCode::kInvalidArgument, "bad_vector", fmt::format("the vector has {} numbers; this index holds {}", vector.size(), dimension));
  }
  double length = 0;
  for (const float value : vector) length += static_cast<double>(value) * value;
  if (!std::isfinite(length)) return fail(ErrorCode::kInvalidArgument, "bad_vector", "the vector has a number that is not finite");
  if (std::abs(length - 1) > kSquaredLengthTolerance) return fail(ErrorCode::kInvalidArgument, "bad_vector", "the vector is not of length 1");
  return {};
}

Status check_query(const NeighbourQuery& query, size_t dimension) {
  const Status vector = check_vector(query.vector, dimension);
  if (!vector) return propagate(vector, "query");
  for (const PartitionWeight& wanted : query.partitions) {
    if (!std::isfinite(wanted.weight)) return fail(ErrorCode::kInvalidArgument, "bad_weight", "the weight of a partition is not finite");
  }
  return {};
}

// Null without a filter and without chosen products. Shared with the cache of the columns.
Result<std::shared_ptr<const SlotSet>> slots_fulfilling(const View& view, const NeighbourQuery& query) {
  std::shared_ptr<const SlotSet> filtered;
  if (query.filter != nullptr) {
    auto evaluated = view.generation->slots.columns().evaluate(*query.filter, view.version);
    if (!evaluated) return propagate(evaluated);
    filtered = std::move(*evaluated);
  }
  if (!query.only) return filtered;
  return std::make_shared<const SlotSet>(slots_of(view, *query.only, filtered.get()));
}

}  // namespace

EmbeddedIndex::EmbeddedIndex(size_t dimension, size_t clustered_from)
    : dimension_(dimension), clustered_from_(clustered_from), contents_(dimension, CodeSpace::fit(dimension, {}), 0) {
  publish();
}

EmbeddedIndex::EmbeddedIndex(std::shared_ptr<const SnapshotBytes> snapshot, std::shared_ptr<Generation> generation, std::shared_ptr<Directory> directory)
    : dimension_(generation->rows.dimension()), snapshot_(std::move(snapshot)), contents_(std::move(generation), std::move(directory)) {
  publish();
}

Status EmbeddedIndex::upsert(std::span<const IndexedProduct> products) {
  std::vector<IndexRecord> records;
  for (const IndexedProduct& product : products) {
    IndexRecord record{product.product, product.partition, product.attributes, {}, {}, product.duplicate_group};
    for (const IndexedPicture& picture : product.pictures) {
      const Status checked = check_vector(picture.vector, dimension_);
      if (!checked) return propagate(checked, fmt::format("picture {}", picture.picture.value));
      record.pictures.push_back(picture.picture);
      for (const float value : picture.vector) record.vectors.push_back(to_fixed(value));
    }
    records.push_back(std::move(record));
  }
  store(records);
  return {};
}

void EmbeddedIndex::store(std::span<const IndexRecord> records) {
  if (records.empty()) return;
  const std::lock_guard lock(writer_mutex_);
  const uint32_t version = contents_.size() + 1;
  for (const IndexRecord& record : records) {
    contents_.end(record.product, version);
    contents_.append(record);
    if (copying_) changed_.push_back(record.product);
  }
  if (contents_.size() < version) contents_.mark_moment();
  publish();
}

void EmbeddedIndex::remove(std::span<const ProductId> products) {
  const std::lock_guard lock(writer_mutex_);
  const uint32_t version = contents_.size() + 1;
  bool changed = false;
  for (const ProductId product : products) {
    if (!contents_.end(product, version)) continue;
    changed = true;
    if (copying_) changed_.push_back(product);
  }
  if (!changed) return;
  contents_.mark_moment();
  publish();
}

void EmbeddedIndex::publish() {
  if (contents_.size() >= UINT32_MAX - 1) abort_with("the index holds more versions of products than it can number");
  auto view = std::make_shared<const View>(contents_.view());
  {
    const std::lock_guard lock(view_mutex_);
    view_.swap(view);
  }
  former_views_.push_back(std::move(view));
  std::erase_if(former_views_, [](const auto& former) { return former.use_count() <= 1; });
  if (tidying_ || next_chore().kind == Chore::kNone) return;
  tidying_ = true;
  if (tidier_.joinable()) tidier_.join();
  tidier_ = std::thread([this] { tidy(); });
}

std::shared_ptr<const View> EmbeddedIndex::view() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

Result<std::vector<Neighbour>> EmbeddedIndex::search(const NeighbourQuery& query) const { return search_in(*view(), query); }

Result<std::vector<Neighbour>> EmbeddedIndex::search_in(const View& view, const NeighbourQuery& query) const {
  const Status checked = check_query(query, dimension_);
  if (!checked) return propagate(checked);
  const auto filter = slots_fulfilling(view, query);
  if (!filter) return propagate(filter);
  auto neighbours = IndexSearch(view, query, filter->get()).run();
  const Status whole = health();
  if (!whole) return propagate(whole);
  return neighbours;
}

Result<std::vector<std::vector<Neighbour>>> EmbeddedIndex::search_many(std::span<const NeighbourQuery> queries) const {
  const std::shared_ptr<const View> view = this->view();
  std::vector<std::shared_ptr<const SlotSet>> filters;
  std::vector<IndexSearch> searches;
  searches.reserve(queries.size());
  for (const NeighbourQuery& query : queries) {
    const Status checked = check_query(query, dimension_);
    if (!checked) return propagate(checked);
    auto filter = slots_fulfilling(*view, query);
    if (!filter) return propagate(filter);
    filters.push_back(std::move(*filter));
    searches.emplace_back(*view, query, filters.back().get());
  }
  auto answers = IndexSearch::run_together(searches);
  const Status whole = health();
  if (!whole) return propagate(whole);
  return answers;
}

Result<BothModes> EmbeddedIndex::search_in_both_modes(const NeighbourQuery& query) const {
  const std::shared_ptr<const View> view = this->view();
  BothModes both;
  NeighbourQuery asked = query;
  for (const bool exact : {false, true}) {
    asked.exact = exact;
    const double before = thread_cpu_seconds();
    auto found = search_in(*view, asked);
    if (!found) return propagate(found);
    (exact ? both.exact : both.usual) = std::move(*found);
    (exact ? both.exact_ms : both.usual_ms) = 1000 * (thread_cpu_seconds() - before);
  }
  return both;
}

// All that a search with the greatest k would find.
Result<SlotSet> EmbeddedIndex::found_slots(const View& view, const NeighbourQuery& query) const {
  const bool scored = query.min_score > -std::numeric_limits<float>::infinity();
  const Status checked = scored ? check_query(query, dimension_) : Status{};
  if (!checked) return propagate(checked);
  const auto filter = slots_fulfilling(view, query);
  if (!filter) return propagate(filter);
  if (!scored) return eligible_slots(view, query, filter->get());
  SlotSet slots = ThresholdScan(view, query, filter->get()).run();
  const Status whole = health();
  if (!whole) return propagate(whole);
  return slots;
}

Result<FacetCounts> EmbeddedIndex::count(const NeighbourQuery& query, std::span<const FacetRequest> facets) const {
  const std::shared_ptr<const View> view = this->view();
  const Columns& columns = view->generation->slots.columns();
  const Status countable = check_facets(columns, facets);
  if (!countable) return propagate(countable);
  const auto slots = found_slots(*view, query);
  if (!slots) return propagate(slots);
  return count_facets(columns, *slots, facets);
}

Result<std::vector<ProductId>> EmbeddedIndex::list(const NeighbourQuery& query, const ListOrder& order) const {
  const std::shared_ptr<const View> view = this->view();
  const auto slots = found_slots(*view, query);
  if (!slots) return propagate(slots);
  return listed_products(*view, *slots, order);
}

Status EmbeddedIndex::health() const {
  if (snapshot_ == nullptr || !snapshot_->damaged()) return {};
  return fail(ErrorCode::kCorrupt, "damaged_index", "the index snapshot that was loaded is damaged; the index is made again from the database");
}

IndexStats EmbeddedIndex::stats() const {
  const std::shared_ptr<const View> view = this->view();
  IndexStats stats{view->products, view->rows, view->all_rows - view->rows, view->directory->partitions.size(), view->owned_bytes};
  for (const auto& partition : view->directory->partitions) {
    stats.bytes += partition->list.bytes();
    if (partition->clusters != nullptr) stats.bytes += partition->clusters->centres->memory() + partition->clusters->first_blocks.size() * sizeof(uint32_t);
  }
  stats.bytes += view->products * (sizeof(ProductId) + sizeof(uint32_t) + 2 * sizeof(void*));  // the writer's map
  return stats;
}

std::vector<CategoryId> EmbeddedIndex::partitions() const {
  const std::shared_ptr<const View> view = this->view();
  std::vector<CategoryId> ids;
  for (const auto& [id, number] : view->directory->numbers) {
    if (view->directory->partitions[number]->live > 0) ids.push_back(id);
  }
  return ids;
}

std::unique_ptr<VectorIndex> make_embedded_index(size_t dimension) {
  if (dimension == 0 || dimension % 4 != 0) abort_with("an index dimension must be a positive multiple of 4");
  return std::make_unique<EmbeddedIndex>(dimension);
}

}  // namespace nozama
