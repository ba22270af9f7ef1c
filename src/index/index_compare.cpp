// The part of IndexSearch that compares stored vectors: of the rows that a small filter lets pass, and of the candidates of a scan.
#include <algorithm>
#include <array>
#include <cmath>

#include "index/index_search.h"
#include "index/scan_kernels.h"

namespace nozama {
namespace {

// Under a filter that lets fewer than one row in so many pass, its rows are looked up instead of scanning all.
constexpr size_t kGatherShare = 40;
constexpr size_t kPrefetchAhead = 8, kSlotsAhead = 16;
// So many estimates of rows that were looked up are kept before the worse ones are dropped.
constexpr size_t kEstimatesMin = 256;

}  // namespace

// Compares every row that passes the filter; false when they are too many for that. Their vectors, not their codes: those of 16 rows
// lie interleaved, so the head of one row alone takes more cache lines than its vector.
bool IndexSearch::gather() {
  if (filter_ == nullptr) return false;
  size_t searched = 0;
  for (const Weighted& wanted : partitions_) searched += view_.directory->partitions[wanted.partition]->list.extent().entries;
  if (filter_->count() * kGatherShare > searched) return false;
  constexpr auto kNotSearched = static_cast<uint32_t>(-1);
  std::vector<uint32_t> of_partition(view_.directory->partitions.size(), kNotSearched);
  for (uint32_t wanted = 0; wanted < partitions_.size(); ++wanted) of_partition[partitions_[wanted].partition] = wanted;
  std::vector<uint32_t> unlisted;
  const std::span<const uint32_t> slots = filter_->listed(unlisted);
  std::vector<Gathered> gathered;
  gathered.reserve(slots.size());
  uint32_t slot_rows_max = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (i + kSlotsAhead < slots.size()) slots_.prefetch(slots[i + kSlotsAhead]);
    const uint32_t slot = slots[i];
    if (slot >= view_.version || !answers(slot)) continue;
    const uint32_t wanted = of_partition[slots_.partition(slot)];
    if (wanted == kNotSearched) continue;
    const uint32_t first_row = slots_.first_row(slot), rows = slots_.rows(slot);
    slot_rows_max = std::max(slot_rows_max, rows);
    for (uint32_t row = first_row; row < first_row + rows; ++row) {
      if (rows_.intact(row)) gathered.push_back({rows_.fixed_row(row).data(), row, wanted});
    }
  }
  cost_.scanned += gathered.size();
  cost_.compared += gathered.size();
  compare_gathered(gathered, slot_rows_max);
  return true;
}

// Scores in single precision, of all rows that can be among the k best. No slot has more than `slot_rows_max` rows, so the best
// k × slot_rows_max rows are of k products at least.
std::vector<IndexSearch::Estimate> IndexSearch::estimate_gathered(std::span<const Gathered> gathered, float error, size_t slot_rows_max) const {
  const size_t rank = k_ * slot_rows_max, row_bytes = rows_.dimension() * sizeof(Fixed);
  size_t kept_max = std::max(kEstimatesMin, 4 * rank);
  float least = query_.min_score - error;
  std::vector<Estimate> estimates;
  estimates.reserve(std::min(gathered.size(), kept_max + kDotsAtOnce));
  const auto dots = scan_kernels().dots;
  for (size_t first = 0; first < gathered.size(); first += kDotsAtOnce) {
    std::array<const Fixed*, kDotsAtOnce> rows;
    std::array<float, kDotsAtOnce> similarities;
    const size_t count = std::min(kDotsAtOnce, gathered.size() - first);
    for (size_t i = 0; i < kDotsAtOnce; ++i) rows[i] = gathered[first + std::min(i, count - 1)].numbers;
    for (size_t later = first + kPrefetchAhead, end = std::min(later + kDotsAtOnce, gathered.size()); later < end; ++later) {
      const auto* bytes = reinterpret_cast<const std::byte*>(gathered[later].numbers);
      for (size_t byte = 0; byte < row_bytes; byte += 64) __builtin_prefetch(bytes + byte);
    }
    dots(rows.data(), query_.vector.data(), rows_.dimension(), similarities.data());
    for (size_t i = 0; i < count; ++i) {
      const float score = similarities[i] + partitions_[gathered[first + i].wanted].weight;
      if (score >= least) estimates.push_back({score, static_cast<uint32_t>(first + i)});
    }
    if (estimates.size() < kept_max) continue;
    std::ranges::nth_element(estimates, estimates.begin() + static_cast<std::ptrdiff_t>(rank - 1), std::greater{}, &Estimate::score);
    least = std::max(least, estimates[rank - 1].score - 2 * error);
    std::erase_if(estimates, [least](const Estimate& estimate) { return estimate.score < least; });
    kept_max = std::max(kept_max, 2 * estimates.size());
  }
  return estimates;
}

// From the best estimate down, in double precision, until no other row can enter.
void IndexSearch::compare_gathered(std::span<const Gathered> gathered, size_t slot_rows_max) {
  float weight_max = 0;
  for (const Weighted& wanted : partitions_) weight_max = std::max(weight_max, std::abs(wanted.weight));
  const float error = kDotError * static_cast<float>(rows_.dimension()) + kScoreRounding * (1 + weight_max);
  std::vector<Estimate> estimates = estimate_gathered(gathered, error, slot_rows_max);
  for (size_t first = 0; first < estimates.size();) {
    const size_t end = std::min(estimates.size(), std::max(2 * first, first + k_ + kPrefetchAhead));
    const auto begin = estimates.begin() + static_cast<std::ptrdiff_t>(first), last = estimates.begin() + static_cast<std::ptrdiff_t>(end);
    if (last != estimates.end()) std::ranges::nth_element(begin, last, estimates.end(), std::greater{}, &Estimate::score);
    std::ranges::sort(begin, last, std::greater{}, &Estimate::score);
    for (; first < end; ++first) {
      if (static_cast<double>(estimates[first].score + error) < best_.threshold()) return;
      const Gathered& likely = gathered[estimates[first].place];
      compare_exactly(likely.row, partitions_[likely.wanted]);
    }
  }
}

// The likely ones first, so that few of the others are left to compare.
void IndexSearch::compare_candidates() {
  const size_t likely = query_.exact ? 2 * k_ : candidates_.size();
  if (candidates_.size() <= likely) return compare(candidates_);
  std::ranges::nth_element(candidates_, candidates_.begin() + static_cast<std::ptrdiff_t>(likely), std::greater{}, &Candidate::high);
  compare(std::span(candidates_).first(likely));
  candidates_.erase(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(likely));
  const auto least = static_cast<float>(best_.threshold());
  std::erase_if(candidates_, [least](const Candidate& candidate) { return candidate.high < least; });
  compare(candidates_);
}

void IndexSearch::compare(std::span<const Candidate> candidates) {
  std::vector<Gathered> gathered;
  gathered.reserve(candidates.size());
  uint32_t slot_rows_max = 1;
  for (const Candidate& candidate : candidates) {
    if (several_rows_) slot_rows_max = std::max(slot_rows_max, slots_.rows(rows_.slot(candidate.row)));
    if (rows_.intact(candidate.row)) gathered.push_back({rows_.fixed_row(candidate.row).data(), candidate.row, candidate.wanted});
  }
  cost_.compared += gathered.size();
  compare_gathered(gathered, slot_rows_max);
}

void IndexSearch::compare_exactly(uint32_t row, const Weighted& wanted) {
  const double similarity = scan_kernels().dot_exact(rows_.fixed_row(row).data(), query_.vector.data(), rows_.dimension());
  const double score = similarity + static_cast<double>(wanted.weight);
  if (score < best_.threshold()) return;
  const uint32_t slot = rows_.slot(row);
  best_.add({similarity, score, slots_[slot].product, rows_.picture(row), slot, wanted.partition}, slots_.rows(slot) == 1);
}

}  // namespace nozama
