#include "index/index_search.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"

namespace nozama {
namespace {

// No similarity is above this: lengths of 1.005 on both sides.
constexpr float kSimilarityMax = 1.02F;
// A similarity from 8-bit codes is off by about 0.002, five times less than this.
constexpr float kCodeError = 0.01F;
// Of a similarity in double precision that is kept in a float.
constexpr float kRoundingError = 1e-6F;
constexpr size_t kCandidatesMin = 256;

}  // namespace

IndexSearch::IndexSearch(const View& view, const NeighbourQuery& query, const SlotSet* filter)
    : view_(view),
      slots_(view.generation->slots),
      rows_(view.generation->rows),
      query_(query),
      filter_(filter),
      k_(std::min(query.k, view.products)),
      exclude_(query.exclude.begin(), query.exclude.end()),
      codes_(quantise_query(query.vector)),
      candidates_max_(std::max(kCandidatesMin, 2 * k_)),
      threshold_(query.min_score),
      best_(k_, static_cast<double>(query.min_score)) {
  std::ranges::sort(exclude_);
}

std::vector<Neighbour> IndexSearch::run() {
  find();
  return neighbours();
}

SlotSet IndexSearch::run_for_slots() {
  find();
  SlotSet slots(view_.version);
  for (const Hit& hit : std::move(best_).take()) slots.insert(hit.slot);
  return slots;
}

void IndexSearch::find() {
  if (k_ == 0) return;
  for (const Weighted& wanted : weighted_partitions()) {
    if (wanted.weight + kSimilarityMax < threshold_ || static_cast<double>(wanted.weight + kSimilarityMax) < best_.threshold()) break;
    query_.exact ? scan_exactly(wanted) : scan(wanted);
  }
  rerank_candidates();
}

// Greatest weight first: every later partition weighs less.
std::vector<IndexSearch::Weighted> IndexSearch::weighted_partitions() const {
  std::vector<Weighted> wanted;
  if (query_.partitions.empty()) {
    for (uint32_t number = 0; number < view_.directory->partitions.size(); ++number) wanted.push_back({number, 0});
  }
  for (const PartitionWeight& partition : query_.partitions) {
    if (const auto number = view_.directory->find(partition.partition)) wanted.push_back({*number, partition.weight});
  }
  std::ranges::stable_sort(wanted, std::greater{}, &Weighted::weight);
  return wanted;
}

bool IndexSearch::wanted_slot(uint32_t slot) const {
  if (!slots_.alive(slot, view_.version)) return false;
  if (!exclude_.empty() && std::ranges::binary_search(exclude_, slots_[slot].product)) return false;
  return filter_ == nullptr || filter_->contains(slot);
}

void IndexSearch::scan(const Weighted& wanted) {
  const ScanKernels& kernels = scan_kernels();
  const RowList& list = view_.directory->partitions[wanted.partition]->list;
  const RowList::Extent extent = list.extent();
  for (size_t block = 0; block < extent.blocks; ++block) {
    float similarities[kBlockRows];
    list.block_similarities(kernels, codes_, block, similarities);
    for (size_t lane = 0; lane < kBlockRows; ++lane) {
      const float score = similarities[lane] + wanted.weight;
      if (score + kCodeError >= threshold_) consider(list.row(block * kBlockRows + lane), score, kCodeError, wanted);
    }
  }
  for (size_t entry = extent.blocks * kBlockRows; entry < extent.entries; ++entry) {
    const uint32_t row = list.row(entry);
    const double similarity = kernels.half_dot_exact(rows_.half_row(row).data(), query_.vector.data(), rows_.dimension());
    consider(row, static_cast<float>(similarity + static_cast<double>(wanted.weight)), kRoundingError, wanted);
  }
}

void IndexSearch::consider(uint32_t row, float score, float error, const Weighted& wanted) {
  error += kRoundingError * std::abs(wanted.weight);
  if (row == kNoRow || score + error < threshold_ || !wanted_slot(rows_.slot(row))) return;
  candidates_.push_back({score - error, score + error, row, wanted.partition, wanted.weight});
  if (candidates_.size() >= candidates_max_) raise_threshold();
}

// To the k-th greatest lower bound among products; what cannot reach it is forgotten.
void IndexSearch::raise_threshold() {
  const auto by_low = [](const Candidate& a, const Candidate& b) { return a.low > b.low; };
  if (view_.rows > view_.products) {
    const auto slot = [this](const Candidate& candidate) { return rows_.slot(candidate.row); };
    std::ranges::sort(candidates_, [&](const Candidate& a, const Candidate& b) { return slot(a) != slot(b) ? slot(a) < slot(b) : a.low > b.low; });
    std::vector<float> best_of_product;
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (i == 0 || slot(candidates_[i]) != slot(candidates_[i - 1])) best_of_product.push_back(candidates_[i].low);
    }
    if (best_of_product.size() >= k_) {
      const auto place = best_of_product.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
      std::ranges::nth_element(best_of_product, place, std::greater{});
      threshold_ = std::max(threshold_, *place);
    }
  } else if (candidates_.size() >= k_) {
    std::ranges::nth_element(candidates_, candidates_.begin() + static_cast<std::ptrdiff_t>(k_ - 1), by_low);
    threshold_ = std::max(threshold_, candidates_[k_ - 1].low);
  }
  std::erase_if(candidates_, [this](const Candidate& candidate) { return candidate.high < threshold_; });
  candidates_max_ = std::max(candidates_max_, 2 * candidates_.size());
}

// The likely ones first, so that few of the others are left to compare.
void IndexSearch::rerank_candidates() {
  if (candidates_.size() > k_) {
    raise_threshold();
    const auto place = candidates_.begin() + static_cast<std::ptrdiff_t>(std::min(k_, candidates_.size()) - 1);
    std::ranges::nth_element(candidates_, place, [](const Candidate& a, const Candidate& b) { return a.high > b.high; });
  }
  for (const Candidate& candidate : candidates_) {
    if (static_cast<double>(candidate.high) >= best_.threshold()) compare(candidate.row, {candidate.partition, candidate.weight});
  }
}

void IndexSearch::scan_exactly(const Weighted& wanted) {
  const RowList& list = view_.directory->partitions[wanted.partition]->list;
  const RowList::Extent extent = list.extent();
  for (size_t entry = 0; entry < extent.entries; ++entry) {
    const uint32_t row = list.row(entry);
    if (row != kNoRow && wanted_slot(rows_.slot(row))) compare(row, wanted);
  }
}

void IndexSearch::compare(uint32_t row, const Weighted& wanted) {
  const double similarity = scan_kernels().half_dot_exact(rows_.half_row(row).data(), query_.vector.data(), rows_.dimension());
  const uint32_t slot = rows_.slot(row);
  const SlotRecord& record = slots_[slot];
  best_.add({similarity, similarity + static_cast<double>(wanted.weight), record.product, rows_.picture(row), slot, wanted.partition}, record.rows == 1);
}

std::vector<Neighbour> IndexSearch::neighbours() {
  std::vector<Neighbour> neighbours;
  for (const Hit& hit : std::move(best_).take()) {
    const CategoryId partition = view_.directory->partitions[hit.partition]->id;
    neighbours.push_back(
        {hit.product, hit.picture, partition, static_cast<float>(hit.similarity), static_cast<float>(hit.score), slots_[hit.slot].duplicate_group, {}, {}});
    if (query_.details) add_details(hit, neighbours.back());
  }
  return neighbours;
}

void IndexSearch::add_details(const Hit& hit, Neighbour& neighbour) const {
  uint32_t row = slots_[hit.slot].first_row;
  while (rows_.picture(row) != hit.picture) ++row;
  for (const uint16_t half : rows_.half_row(row)) neighbour.vector.push_back(half_to_float(half));
  neighbour.attributes = slots_.columns().row(hit.slot);
}

}  // namespace nozama
