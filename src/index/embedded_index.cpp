#include "index/embedded_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/half.h"

namespace nozama {
namespace {

// More candidates than asked for are re-ranked: 8-bit codes misplace neighbours by a few ranks.
constexpr size_t kCandidatesMin = 128;
constexpr size_t kCandidatesPerHit = 4;
// A partition is rewritten when more than a third of it, and at least this many rows, are deleted.
constexpr size_t kCompactRowsMin = 256;
constexpr double kSquaredLengthTolerance = 0.01;
// No approximate similarity is above this: lengths 1.005 and rounding to codes.
constexpr double kSimilarityMax = 1.05;
// Rows whose approximate score is further than this below min_score are not looked at; the error is about 0.004.
constexpr double kCodeErrorMax = 0.05;

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

}  // namespace

struct EmbeddedIndex::Found {
  const Partition* partition = nullptr;
  CategoryId id;
  uint32_t row = 0;
  double weight = 0;
  double similarity = 0;
  double score() const { return similarity + weight; }
};

struct EmbeddedIndex::Scan {
  const NeighbourQuery& query;
  std::vector<std::pair<CategoryId, float>> partitions;  // greatest weight first
  std::vector<uint8_t> allowed;                          // by slot; empty = all
};

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
  for (StoredProduct& entry : stored) store(std::move(entry));
  return {};
}

void EmbeddedIndex::store(StoredProduct product) {
  const std::unique_lock lock(mutex_);
  if (const auto old = slot_of_.find(product.product); old != slot_of_.end()) erase_slot(old->second);
  if (product.pictures.empty()) return;
  uint32_t number = 0;
  if (free_slots_.empty()) {
    number = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    number = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot slot{product.product, product.partition, std::move(product.attributes), {}, product.duplicate_group, true};
  Partition& partition = partitions_.try_emplace(product.partition, dimension_).first->second;
  for (size_t i = 0; i < product.pictures.size(); ++i) {
    const std::span<const uint16_t> row(product.halves.data() + i * dimension_, dimension_);
    slot.rows.push_back(partition.append({product.product, product.pictures[i], number}, row));
  }
  slots_[number] = std::move(slot);
  slot_of_[product.product] = number;
}

void EmbeddedIndex::remove(std::span<const ProductId> products) {
  for (const ProductId product : products) {
    const std::unique_lock lock(mutex_);
    if (const auto slot = slot_of_.find(product); slot != slot_of_.end()) erase_slot(slot->second);
  }
}

void EmbeddedIndex::erase_slot(uint32_t number) {
  Slot& slot = slots_[number];
  Partition& partition = partitions_.at(slot.partition);
  for (const uint32_t row : slot.rows) partition.erase(row);
  slot_of_.erase(slot.product);
  const CategoryId id = slot.partition;
  slot = Slot{};
  slot.alive = false;
  free_slots_.push_back(number);
  if (partition.deleted() >= kCompactRowsMin && partition.deleted() * 3 > partition.rows()) compact(id);
}

void EmbeddedIndex::compact(CategoryId id) {
  const Partition& old = partitions_.at(id);
  Partition fresh(dimension_);
  std::unordered_map<uint32_t, std::vector<uint32_t>> rows_of_slot;
  for (uint32_t row = 0; row < old.rows(); ++row) {
    if (old.alive(row)) rows_of_slot[old.id(row).slot].push_back(fresh.append(old.id(row), old.half_row(row)));
  }
  for (auto& [slot, rows] : rows_of_slot) slots_[slot].rows = std::move(rows);
  partitions_.at(id) = std::move(fresh);
}

std::vector<uint8_t> EmbeddedIndex::allowed_slots(const NeighbourQuery& query) const {
  if (query.filter == nullptr && query.exclude.empty()) return {};
  std::vector<uint8_t> allowed(slots_.size(), 1);
  if (query.filter != nullptr) {
    for (size_t i = 0; i < slots_.size(); ++i) allowed[i] = slots_[i].alive && matches(*query.filter, slots_[i].attributes) ? 1 : 0;
  }
  for (const ProductId product : query.exclude) {
    if (const auto slot = slot_of_.find(product); slot != slot_of_.end()) allowed[slot->second] = 0;
  }
  return allowed;
}

Result<std::vector<Neighbour>> EmbeddedIndex::search(const NeighbourQuery& query) const {
  const Status vector = check_vector(query.vector, dimension_);
  if (!vector) return propagate(vector, "query");
  if (query.filter != nullptr) {
    const Status filter = check_filter(*query.filter);
    if (!filter) return propagate(filter);
  }
  for (const PartitionWeight& wanted : query.partitions) {
    if (!std::isfinite(wanted.weight)) return fail(ErrorCode::kInvalidArgument, "bad_weight", "the weight of a partition is not finite");
  }
  if (query.k == 0) return std::vector<Neighbour>{};

  const std::shared_lock lock(mutex_);
  const size_t k = std::min(query.k, slots_.size());
  Scan scan{query, {}, allowed_slots(query)};
  if (query.partitions.empty()) {
    for (const auto& [id, partition] : partitions_) scan.partitions.emplace_back(id, 0.0F);
  }
  for (const PartitionWeight& wanted : query.partitions) {
    if (partitions_.contains(wanted.partition)) scan.partitions.emplace_back(wanted.partition, wanted.weight);
  }
  std::stable_sort(scan.partitions.begin(), scan.partitions.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (query.exact) return ranked(query, scan_exactly(scan));

  // Several pictures of one product take several places, so too few products may be left: then look at more rows.
  for (size_t keep = std::max(kCandidatesMin, k * kCandidatesPerHit);; keep *= 4) {
    bool complete = true;
    auto hits = ranked(query, scan_codes(scan, keep, complete));
    if (complete || hits.size() == k) return hits;
  }
}

// The `keep` rows of the best approximate scores, with their similarities from the half-precision rows.
// `complete` = no row was left out.
std::vector<EmbeddedIndex::Found> EmbeddedIndex::scan_codes(const Scan& scan, size_t keep, bool& complete) const {
  const ScanKernels& kernels = scan_kernels();
  const QuantisedQuery codes = quantise_query(scan.query.vector);
  std::vector<Found> found;
  // Rows below cannot be among the best `keep`, or reach min_score.
  double threshold = static_cast<double>(scan.query.min_score) - kCodeErrorMax;
  const auto better = [](const Found& a, const Found& b) {
    return a.score() != b.score() ? a.score() > b.score() : a.partition->id(a.row).product < b.partition->id(b.row).product;
  };
  const auto shrink = [&] {
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(keep - 1), found.end(), better);
    threshold = found[keep - 1].score();
    found.resize(keep);
    complete = false;
  };
  for (const auto& [id, weight] : scan.partitions) {
    if (static_cast<double>(weight) + kSimilarityMax < threshold) break;  // every later partition weighs less
    const Partition& partition = partitions_.at(id);
    for (size_t block = 0; block < partition.blocks(); ++block) {
      float similarities[kBlockRows];
      partition.block_similarities(kernels, codes, block, similarities);
      const auto first = static_cast<uint32_t>(block * kBlockRows);
      const auto count = static_cast<uint32_t>(std::min(kBlockRows, partition.rows() - first));
      for (uint32_t i = 0; i < count; ++i) {
        if (static_cast<double>(similarities[i]) + static_cast<double>(weight) < threshold || !partition.alive(first + i)) continue;
        if (!scan.allowed.empty() && scan.allowed[partition.id(first + i).slot] == 0) continue;
        found.push_back({&partition, id, first + i, weight, similarities[i]});
      }
      if (found.size() >= 2 * keep) shrink();
    }
  }
  if (found.size() > keep) shrink();
  for (Found& row : found)
    row.similarity = static_cast<double>(kernels.half_dot(row.partition->half_row(row.row).data(), scan.query.vector.data(), dimension_));
  return found;
}

std::vector<EmbeddedIndex::Found> EmbeddedIndex::scan_exactly(const Scan& scan) const {
  const ScanKernels& kernels = scan_kernels();
  std::vector<Found> found;
  for (const auto& [id, weight] : scan.partitions) {
    const Partition& partition = partitions_.at(id);
    for (uint32_t row = 0; row < partition.rows(); ++row) {
      if (!partition.alive(row) || (!scan.allowed.empty() && scan.allowed[partition.id(row).slot] == 0)) continue;
      found.push_back({&partition, id, row, weight, kernels.half_dot_exact(partition.half_row(row).data(), scan.query.vector.data(), dimension_)});
    }
  }
  return found;
}

// One hit a product, its best row; best first, ties by product.
std::vector<Neighbour> EmbeddedIndex::ranked(const NeighbourQuery& query, std::vector<Found> found) const {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.score() != b.score()) return a.score() > b.score();
    const RowId x = a.partition->id(a.row), y = b.partition->id(b.row);
    return x.product != y.product ? x.product < y.product : x.picture < y.picture;
  });
  std::vector<Neighbour> hits;
  std::vector<uint8_t> seen(slots_.size(), 0);
  for (const Found& row : found) {
    if (hits.size() == query.k || row.score() < static_cast<double>(query.min_score)) break;
    const RowId id = row.partition->id(row.row);
    if (seen[id.slot] != 0) continue;
    seen[id.slot] = 1;
    hits.push_back({id.product, id.picture, row.id, static_cast<float>(row.similarity), static_cast<float>(row.score()), slots_[id.slot].duplicate_group});
  }
  return hits;
}

IndexStats EmbeddedIndex::stats() const {
  const std::shared_lock lock(mutex_);
  IndexStats stats;
  stats.products = slot_of_.size();
  stats.partitions = partitions_.size();
  for (const auto& [id, partition] : partitions_) {
    stats.rows += partition.rows() - partition.deleted();
    stats.deleted_rows += partition.deleted();
    stats.bytes += partition.bytes();
  }
  stats.bytes += slots_.capacity() * (sizeof(Slot) + 2 * sizeof(uint32_t));
  return stats;
}

std::vector<CategoryId> EmbeddedIndex::partitions() const {
  const std::shared_lock lock(mutex_);
  std::vector<CategoryId> ids;
  for (const auto& [id, partition] : partitions_) {
    if (partition.rows() > partition.deleted()) ids.push_back(id);
  }
  return ids;
}

std::unique_ptr<VectorIndex> make_embedded_index(size_t dimension) {
  if (dimension == 0 || dimension % 4 != 0) abort_with("an index dimension must be a positive multiple of 4");
  return std::make_unique<EmbeddedIndex>(dimension);
}

}  // namespace nozama
