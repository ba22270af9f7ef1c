#include "index/threshold_scan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "index/scan_kernels.h"

namespace nozama {
namespace {

constexpr float kNotSearched = -std::numeric_limits<float>::infinity();
// Blocks whose rows are decided about before the next are scanned: what is read of them stays in the cache.
constexpr size_t kBlocksAtOnce = 64;
// Under a filter that lets fewer than one row in so many pass, its rows are looked up instead of scanning all.
constexpr size_t kGatherShare = 40;
constexpr size_t kPrefetchAhead = 12;

void prefetch(const void* from, size_t bytes) {
  for (size_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(static_cast<const std::byte*>(from) + byte);
}

}  // namespace

ThresholdScan::ThresholdScan(const View& view, const NeighbourQuery& query, const SlotSet* filter)
    : view_(view),
      slots_(view.generation->slots),
      rows_(view.generation->rows),
      query_(query),
      filter_(filter),
      coded_(view.directory->space->prepare(query.vector)),
      first_(first_bound(coded_)),
      second_(second_bound(coded_)),
      words_((view.version + 63) / 64) {}

SlotSet ThresholdScan::run() {
  choose_partitions();
  if (!gather()) {
    for (size_t number = 0; number < weights_.size(); ++number) {
      if (weights_[number] != kNotSearched) scan(*view_.directory->partitions[number], weights_[number]);
    }
  }
  compare_undecided();
  drop_unwanted();
  cost_.certified = true;
  if (query_.cost != nullptr) *query_.cost = cost_;
  return {std::move(words_), view_.version};
}

void ThresholdScan::choose_partitions() {
  weights_.assign(view_.directory->partitions.size(), query_.partitions.empty() ? 0 : kNotSearched);
  for (const PartitionWeight& partition : query_.partitions) {
    const auto number = view_.directory->find(partition.partition);
    if (number) weights_[*number] = std::max(weights_[*number], partition.weight);
  }
}

// Leaves every row that the filter lets pass to the comparison; false when they are too many for that.
bool ThresholdScan::gather() {
  if (filter_ == nullptr) return false;
  size_t searched = 0;
  for (size_t number = 0; number < weights_.size(); ++number) {
    if (weights_[number] != kNotSearched) searched += view_.directory->partitions[number]->list.extent().entries;
  }
  if (filter_->count() * kGatherShare > searched) return false;
  filter_->for_each([this](uint32_t slot) {
    if (slot >= view_.version || slots_.rows(slot) == 0 || !slots_.alive(slot, view_.version)) return;
    const float weight = weights_[slots_.partition(slot)];
    if (weight == kNotSearched) return;
    for (uint32_t row = slots_.first_row(slot), end = row + slots_.rows(slot); row < end; ++row) undecided_.push_back({row, slot, weight});
  });
  cost_.scanned += undecided_.size();
  return true;
}

void ThresholdScan::scan(const Partition& partition, float weight) {
  const RowList& list = partition.list;
  const RowList::Extent extent = list.extent();
  for (size_t block = 0; block < extent.blocks;) {
    const size_t blocks = std::min({extent.blocks - block, list.run(block), kBlocksAtOnce});
    if (list.intact(block, block + blocks)) scan_blocks(list, block, blocks, weight);
    block += blocks;
  }
  for (size_t entry = extent.blocks * kBlockRows; entry < extent.entries; ++entry) {
    const uint32_t row = list.row(entry);
    if (row != kNoRow && is_open(rows_.slot(row))) undecided_.push_back({row, rows_.slot(row), weight});
  }
  cost_.scanned += extent.entries;
}

void ThresholdScan::scan_blocks(const RowList& list, size_t first, size_t blocks, float weight) {
  std::array<uint32_t, kBlocksAtOnce * kBlockRows> found;
  std::array<float, kBlocksAtOnce * kBlockRows> highest;
  const float constant = first_.constant + kScoreRounding * (1 + std::abs(weight));
  const HeadScan heads{.heads = list.heads(first),
                       .errors = list.errors(first),
                       .blocks = blocks,
                       .weights = coded_.head.weights,
                       .base = coded_.head.base + weight,
                       .scale = coded_.head.scale,
                       .head_error = first_.head,
                       .tail_error = first_.tail,
                       .threshold = query_.min_score - constant};
  const size_t count = code_kernels().scan_heads(heads, found.data(), highest.data());
  estimated_.clear();
  for (size_t i = 0; i < count; ++i) {
    const auto entry = static_cast<uint32_t>(first * kBlockRows) + found[i];
    const uint32_t row = list.row(entry);
    if (row == kNoRow) continue;
    const uint32_t slot = rows_.slot(row);
    if (!is_open(slot)) continue;
    const BlockErrors& errors = *list.errors(entry / kBlockRows);
    const float error = first_.head * static_cast<float>(errors.head[entry % kBlockRows]) + first_.tail * static_cast<float>(errors.tail[entry % kBlockRows]);
    if (highest[i] - 2 * error - constant >= query_.min_score) {
      insert(slot);
    } else {
      estimated_.push_back({row, slot, entry, highest[i] - error});
    }
  }
  consider_tails(list, weight);
}

void ThresholdScan::consider_tails(const RowList& list, float weight) {
  const size_t tail_bytes = list.space().tail_bytes();
  const float constant = second_.constant + 4 * kScoreRounding * (1 + std::abs(weight));
  cost_.estimated += estimated_.size();
  for (size_t i = 0; i < estimated_.size(); ++i) {
    if (i + kPrefetchAhead < estimated_.size()) prefetch(list.tail(estimated_[i + kPrefetchAhead].entry), tail_bytes);
    const auto& [row, slot, entry, first_estimate] = estimated_[i];
    const BlockErrors& errors = *list.errors(entry / kBlockRows);
    const size_t lane = entry % kBlockRows;
    const float estimate = first_estimate + (tail_bytes == 0 ? 0 : coded_.tail_part(list.tail(entry)));
    const float error = first_.head * static_cast<float>(errors.head[lane]) + second_.tail * static_cast<float>(errors.tail_rounding[lane]) + constant;
    if (estimate - error >= query_.min_score) {
      insert(slot);
    } else if (estimate + error >= query_.min_score) {
      undecided_.push_back({row, slot, weight});
    }
  }
}

void ThresholdScan::compare_undecided() {
  cost_.compared += undecided_.size();
  std::array<const Fixed*, kDotsAtOnce> vectors;
  std::array<float, kDotsAtOnce> similarities;
  for (size_t first = 0; first < undecided_.size(); first += kDotsAtOnce) {
    const size_t count = std::min(kDotsAtOnce, undecided_.size() - first);
    for (size_t later = first + kPrefetchAhead, end = std::min(later + kDotsAtOnce, undecided_.size()); later < end; ++later) {
      prefetch(rows_.fixed_row(undecided_[later].row).data(), rows_.dimension() * sizeof(Fixed));
    }
    for (size_t i = 0; i < kDotsAtOnce; ++i) vectors[i] = rows_.fixed_row(undecided_[first + std::min(i, count - 1)].row).data();
    scan_kernels().dots(vectors.data(), query_.vector.data(), rows_.dimension(), similarities.data());
    for (size_t i = 0; i < count; ++i) {
      const Undecided& row = undecided_[first + i];
      if (!rows_.intact(row.row)) continue;
      const float error = kDotError * static_cast<float>(rows_.dimension()) + kScoreRounding * (1 + std::abs(row.weight));
      const float score = similarities[i] + row.weight;
      const bool decided = std::abs(score - query_.min_score) > error;
      if (decided ? score > query_.min_score : reaches_exactly(row)) insert(row.slot);
    }
  }
}

bool ThresholdScan::reaches_exactly(const Undecided& undecided) const {
  const double similarity = scan_kernels().dot_exact(rows_.fixed_row(undecided.row).data(), query_.vector.data(), rows_.dimension());
  return similarity + static_cast<double>(undecided.weight) >= static_cast<double>(query_.min_score);
}

// What has died or is excluded.
void ThresholdScan::drop_unwanted() {
  std::vector<ProductId> exclude(query_.exclude.begin(), query_.exclude.end());
  std::ranges::sort(exclude);
  for (size_t word = 0; word < words_.size(); ++word) {
    for (uint64_t rest = words_[word]; rest != 0; rest &= rest - 1) {
      const auto slot = static_cast<uint32_t>(64 * word + static_cast<size_t>(std::countr_zero(rest)));
      const bool wanted = slots_.alive(slot, view_.version) && (exclude.empty() || !std::ranges::binary_search(exclude, slots_[slot].product));
      if (!wanted) words_[word] &= ~(rest & -rest);
    }
  }
}

}  // namespace nozama
