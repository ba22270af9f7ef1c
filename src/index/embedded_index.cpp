#include "index/embedded_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <ranges>

#include "base/cpu_time.h"
#include "base/half.h"
#include "index/index_count.h"
#include "index/index_search.h"

namespace nozama {
namespace {

constexpr double kSquaredLengthTolerance = 0.01;
// A partition is rewritten when more than a third of its rows are dead, everything when more than half of all slots are; never
// for fewer than this.
constexpr size_t kDeadMin = 256;
// The space of the codes is fitted to the rows that there are, and again whenever there are so many times as many, up to a size
// from which on they vary in the same directions.
constexpr size_t kFitRowsMin = 1024, kFitGrowth = 4, kFitRowsMax = 60'000, kFitSample = 16'384;

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

// Null without a filter. Shared with the cache of the columns.
Result<std::shared_ptr<const SlotSet>> slots_fulfilling(const View& view, const NeighbourQuery& query) {
  if (query.filter == nullptr) return nullptr;
  return view.generation->slots.columns().evaluate(*query.filter, view.version);
}

}  // namespace

EmbeddedIndex::EmbeddedIndex(size_t dimension, size_t clustered_from)
    : dimension_(dimension), clustered_from_(clustered_from), generation_(std::make_shared<Generation>(dimension)), directory_(std::make_shared<Directory>()) {
  directory_->space = CodeSpace::fit(dimension, {});
  publish();
}

EmbeddedIndex::EmbeddedIndex(std::shared_ptr<const SnapshotBytes> snapshot, std::shared_ptr<Generation> generation, std::shared_ptr<Directory> directory)
    : dimension_(generation->rows.dimension()),
      snapshot_(std::move(snapshot)),
      generation_(std::move(generation)),
      directory_(std::move(directory)),
      live_products_(generation_->slots.size()),
      live_rows_(generation_->rows.size()) {
  publish();
}

Status EmbeddedIndex::upsert(std::span<const IndexedProduct> products) {
  std::vector<StoredProduct> stored;
  for (const IndexedProduct& product : products) {
    StoredProduct entry{product.product, product.partition, product.attributes, {}, {}, product.duplicate_group};
    for (const IndexedPicture& picture : product.pictures) {
      const Status checked = check_vector(picture.vector, dimension_);
      if (!checked) return propagate(checked, fmt::format("picture {}", picture.picture.value));
      entry.pictures.push_back(picture.picture);
      for (const float value : picture.vector) entry.halves.push_back(float_to_half(value));
    }
    stored.push_back(std::move(entry));
  }
  store(stored);
  return {};
}

void EmbeddedIndex::store(std::span<StoredProduct> products) {
  if (products.empty()) return;
  const std::lock_guard lock(writer_mutex_);
  const uint32_t version = generation_->slots.size() + 1;
  for (StoredProduct& product : products) {
    end(product.product, version);
    append(product, version);
  }
  publish();
  take_back_space();
}

void EmbeddedIndex::remove(std::span<const ProductId> products) {
  const std::lock_guard lock(writer_mutex_);
  const uint32_t version = generation_->slots.size() + 1;
  bool changed = false;
  for (const ProductId product : products) changed = end(product, version) || changed;
  if (!changed) return;
  mark_moment();
  publish();
  take_back_space();
}

void EmbeddedIndex::append(StoredProduct& product, uint32_t version) {
  const auto pictures = static_cast<uint32_t>(product.pictures.size());
  if (pictures == 0) {
    if (generation_->slots.size() < version) mark_moment();
    return;
  }
  const uint32_t number = number_of(product.partition);
  Partition& partition = *directory_->partitions[number];
  Rows& rows = generation_->rows;
  const uint32_t slot = generation_->slots.append({product.product, product.duplicate_group}, number, rows.size() + pictures, product.attributes);
  for (size_t i = 0; i < pictures; ++i) {
    const std::span<const uint16_t> half_row(product.halves.data() + i * dimension_, dimension_);
    partition.list.append(rows.append(slot, product.pictures[i], half_row), rows);
  }
  partition.live += pictures;
  live_rows_ += pictures;
  ++live_products_;
  slot_of_[product.product] = slot;
}

// A slot without rows: a version is a number of slots.
void EmbeddedIndex::mark_moment() { generation_->slots.append({}, 0, generation_->rows.size(), {}); }

std::optional<uint32_t> EmbeddedIndex::find(ProductId product) const {
  const Slots& slots = generation_->slots;
  if (const auto entry = slot_of_.find(product); entry != slot_of_.end()) return entry->second;
  const auto stored = std::views::iota(uint32_t{0}, slots.stored_size());
  const auto place = std::ranges::lower_bound(stored, product, {}, [&slots](uint32_t slot) { return slots[slot].product; });
  if (place == stored.end() || slots[*place].product != product || !slots.alive(*place, UINT32_MAX)) return std::nullopt;
  return *place;
}

// False when there is no such product.
bool EmbeddedIndex::end(ProductId product, uint32_t version) {
  const std::optional<uint32_t> slot = find(product);
  if (!slot) return false;
  const uint32_t number = generation_->slots.partition(*slot), rows = generation_->slots.rows(*slot);
  generation_->slots.end(*slot, version);
  slot_of_.erase(product);
  Partition& partition = *directory_->partitions[number];
  partition.live -= rows;
  partition.dead += rows;
  live_rows_ -= rows;
  --live_products_;
  if (partition.dead >= kDeadMin && partition.dead * 2 > partition.live) shrunk_.push_back(number);
  return true;
}

uint32_t EmbeddedIndex::number_of(CategoryId partition) {
  if (const auto number = directory_->find(partition)) return *number;
  directory_ = std::make_shared<Directory>(*directory_);
  const auto number = static_cast<uint32_t>(directory_->partitions.size());
  directory_->partitions.push_back(std::make_shared<Partition>(partition, directory_->space));
  const std::pair entry(partition, number);
  directory_->numbers.insert(std::ranges::upper_bound(directory_->numbers, entry), entry);
  return number;
}

void EmbeddedIndex::publish() {
  if (!clustering_ && next_to_cluster(*directory_)) {
    clustering_ = true;
    if (clusterer_.joinable()) clusterer_.join();
    clusterer_ = std::thread([this] { cluster_in_background(); });
  }
  if (generation_->slots.size() >= UINT32_MAX - 1) abort_with("the index holds more versions of products than it can number");
  const size_t owned_bytes = generation_->slots.owned_bytes() + generation_->rows.owned_bytes();
  auto view =
      std::make_shared<const View>(View{generation_, directory_, generation_->slots.size(), live_products_, live_rows_, generation_->rows.size(), owned_bytes});
  {
    const std::lock_guard lock(view_mutex_);
    view_.swap(view);
  }
  former_views_.push_back(std::move(view));
  std::erase_if(former_views_, [](const auto& former) { return former.use_count() <= 1; });
}

std::shared_ptr<const View> EmbeddedIndex::view() const {
  const std::lock_guard lock(view_mutex_);
  return view_;
}

// After the deaths have been published: a search that begins now does not miss what is dropped.
void EmbeddedIndex::take_back_space() {
  const size_t slots = generation_->slots.size(), dead = slots - live_products_;
  const bool outgrown = live_rows_ >= std::max(kFitRowsMin, kFitGrowth * directory_->fitted_rows) && directory_->fitted_rows < kFitRowsMax;
  if (dead >= kDeadMin && dead * 2 > slots) {
    rewrite_generation();
  } else if (outgrown) {
    fit_space();
  } else if (!shrunk_.empty()) {
    directory_ = std::make_shared<Directory>(*directory_);
    std::ranges::sort(shrunk_);
    shrunk_.erase(std::ranges::unique(shrunk_).begin(), shrunk_.end());
    for (const uint32_t number : shrunk_) rewrite_partition(number);
  } else {
    return;
  }
  shrunk_.clear();
  publish();
}

// Codes fit the rows that there are now; all are made again.
void EmbeddedIndex::fit_space() {
  const Rows& rows = generation_->rows;
  std::mt19937 random(1);
  std::vector<float> sample;
  for (size_t taken = 0; taken < std::min(kFitSample, live_rows_);) {
    const auto row = static_cast<uint32_t>(random() % rows.size());
    if (!generation_->slots.alive(rows.slot(row), generation_->slots.size())) continue;
    ++taken;
    if (!rows.intact(row)) continue;
    for (const uint16_t half : rows.half_row(row)) sample.push_back(half_to_float(half));
  }
  directory_ = std::make_shared<Directory>(*directory_);
  directory_->space = CodeSpace::fit(dimension_, sample);
  directory_->fitted_rows = live_rows_;
  for (uint32_t number = 0; number < directory_->partitions.size(); ++number) rewrite_partition(number);
}

void EmbeddedIndex::rewrite_partition(uint32_t number) {
  const Partition& old = *directory_->partitions[number];
  auto fresh = std::make_shared<Partition>(old.id, directory_->space);
  const uint32_t version = generation_->slots.size();
  const auto copy = [&](size_t first, size_t end) {
    for (size_t entry = first; entry < end; ++entry) {
      const uint32_t row = old.list.row(entry);
      if (row != kNoRow && generation_->slots.alive(generation_->rows.slot(row), version)) fresh->list.append(row, generation_->rows);
    }
  };
  size_t copied = 0;
  if (old.clusters != nullptr) {
    auto clusters = std::make_shared<Clusters>(Clusters{old.clusters->centres, {0}});
    for (const uint32_t end : std::span(old.clusters->first_blocks).subspan(1)) {
      copy(copied, end * kBlockRows);
      copied = end * kBlockRows;
      fresh->list.seal(generation_->rows);
      clusters->first_blocks.push_back(static_cast<uint32_t>(fresh->list.extent().blocks));
    }
    fresh->clusters = std::move(clusters);
  }
  copy(copied, old.list.extent().entries);
  fresh->live = old.live.load();
  directory_->partitions[number] = std::move(fresh);
}

void EmbeddedIndex::rewrite_generation() {
  const std::shared_ptr<const Generation> old = std::exchange(generation_, std::make_shared<Generation>(dimension_));
  const std::shared_ptr<const Directory> old_directory =
      std::exchange(directory_, std::make_shared<Directory>(Directory{directory_->space, directory_->fitted_rows, {}, {}}));
  slot_of_.clear();
  live_products_ = live_rows_ = 0;
  const uint32_t version = old->slots.size();
  for (uint32_t slot = 0; slot < version; ++slot) {
    const uint32_t first = old->slots.first_row(slot), rows = old->slots.rows(slot);
    if (rows == 0 || !old->slots.alive(slot, version)) continue;
    const auto& [id, group] = old->slots[slot];
    StoredProduct product{id, old_directory->partitions[old->slots.partition(slot)]->id, old->slots.columns().row(slot), {}, {}, group};
    for (uint32_t row = first; row < first + rows; ++row) {
      (void)old->rows.intact(row);  // or else every search fails from here on
      product.pictures.push_back(old->rows.picture(row));
      const auto halves = old->rows.half_row(row);
      product.halves.insert(product.halves.end(), halves.begin(), halves.end());
    }
    append(product, 0);
  }
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
  NeighbourQuery all = query;
  all.k = view.products;
  all.exact = true;
  SlotSet slots = IndexSearch(view, all, filter->get()).run_for_slots();
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
