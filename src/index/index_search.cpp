#include "index/index_search.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "index/fixed_point.h"
#include "index/scan_kernels.h"

namespace nozama {
namespace {

// No similarity is above this: lengths of 1.005 on both sides.
constexpr float kSimilarityMax = 1.02F;
constexpr size_t kCandidatesMin = 1024;
// Products that stay candidates after the first and the second estimates whatever the margins, which are measured and not proven: more
// after the first where the space of the codes was fitted to few rows, and after the second among many rows, where more lie close.
constexpr size_t kFirstKept = 96, kSecondKept = 96, kFirstKeptOfFew = 192, kSecondKeptOfMany = 160;
constexpr size_t kFewRows = 4096, kManyRows = 32768;
// Up to so many dead and excluded rows may be among the candidates; the ranks that the threshold follows are lower by as many.
constexpr size_t kUncountedMax = 32;
// Blocks of one call of the kernel. The first calls are short: the threshold rises fastest there.
constexpr size_t kBlocksAtOnce = 64, kBlocksAtFirst = 4;
// Of the nearest rows of a clustered partition, those in the lists that are scanned: see Centres.
constexpr double kClustersRecall = 0.999;
// Lists that are scanned first, and how many side by side between two looks at the threshold.
constexpr size_t kLikelyLists = 16, kLikelyPart = 16;
constexpr uint32_t kListsAtOnce = 8;
constexpr size_t kPrefetchAhead = 8;

// One in kLikelyPart of them, kLikelyLists at most, and what is equal; best first.
std::vector<uint32_t> most_promising(std::span<const float> promises) {
  const auto [lowest, highest] = std::ranges::minmax(promises);
  const float least = score_of_rank(promises, std::clamp<size_t>(promises.size() / kLikelyPart, 1, kLikelyLists), lowest, highest);
  std::vector<uint32_t> lists;
  for (uint32_t list = 0; list < promises.size(); ++list) {
    if (promises[list] >= least) lists.push_back(list);
  }
  std::ranges::sort(lists, std::greater{}, [&](uint32_t list) { return promises[list]; });
  return lists;
}

}  // namespace

IndexSearch::IndexSearch(const View& view, const NeighbourQuery& query, const SlotSet* filter)
    : view_(view),
      slots_(view.generation->slots),
      rows_(view.generation->rows),
      query_(query),
      filter_(filter),
      several_rows_(view.rows != view.products),
      k_(std::min(query.k, view.products)),
      exclude_(query.exclude.begin(), query.exclude.end()),
      candidates_max_(std::max(kCandidatesMin, 2 * k_)),
      threshold_(query.min_score),
      best_(k_, static_cast<double>(query.min_score)) {
  std::ranges::sort(exclude_);
}

std::vector<Neighbour> IndexSearch::run() {
  IndexSearch* const alone = this;
  find({&alone, 1});
  return neighbours();
}

std::vector<std::vector<Neighbour>> IndexSearch::run_together(std::span<IndexSearch> searches) {
  std::vector<IndexSearch*> pointers;
  for (IndexSearch& search : searches) pointers.push_back(&search);
  find(pointers);
  std::vector<std::vector<Neighbour>> answers;
  for (IndexSearch& search : searches) answers.push_back(search.neighbours());
  return answers;
}

void IndexSearch::find(std::span<IndexSearch* const> searches) {
  std::vector<IndexSearch*> scanning;
  for (IndexSearch* search : searches) {
    search->choose_partitions();
    if (search->k_ == 0 || search->gather()) continue;
    search->prepare_scan();
    scanning.push_back(search);
  }
  // Those that go through the same partitions in the same order side by side.
  std::ranges::stable_sort(scanning, [](const IndexSearch* a, const IndexSearch* b) {
    return std::ranges::lexicographical_compare(a->partitions_, b->partitions_, {}, &Weighted::partition, &Weighted::partition);
  });
  for (size_t first = 0, end = 0; first < scanning.size(); first = end) {
    const auto other = [&](const IndexSearch* search) {
      return !std::ranges::equal(scanning[first]->partitions_, search->partitions_, {}, &Weighted::partition, &Weighted::partition);
    };
    const auto rest = std::span(scanning).subspan(first);
    end = first + static_cast<size_t>(std::ranges::find_if(rest, other) - rest.begin());
    scan_together(rest.first(end - first));
  }
  for (IndexSearch* search : scanning) {
    search->narrow_candidates();
    search->compare_candidates();
  }
  for (IndexSearch* search : searches) {
    search->cost_.certified = search->query_.exact;
    if (search->query_.cost != nullptr) *search->query_.cost = search->cost_;
  }
}

void IndexSearch::prepare_scan() {
  const CodeSpace& space = *view_.directory->space;
  coded_ = space.prepare(query_.vector);
  first_ = first_bound(coded_);
  second_ = second_bound(coded_);
  const float margin = query_.exact ? 0 : space.head_margin();
  uncounted_ = exclude_.size();
  for (const Weighted& wanted : partitions_) uncounted_ += view_.directory->partitions[wanted.partition]->dead.load(std::memory_order_relaxed);
  unchecked_ = !query_.exact && filter_ == nullptr && !several_rows_ && uncounted_ <= kUncountedMax;
  if (!unchecked_) uncounted_ = 0;
  start_ranking(view_.directory->fitted_rows < kFewRows ? kFirstKeptOfFew : kFirstKept, margin);
}

// Of the same partitions: every stretch of codes by one search after the other while it is in the cache.
void IndexSearch::scan_together(std::span<IndexSearch* const> searches) {
  const IndexSearch& any = *searches.front();
  for (uint32_t wanted = 0; wanted < any.partitions_.size(); ++wanted) {
    const RowList& list = any.view_.directory->partitions[any.partitions_[wanted].partition]->list;
    const RowList::Extent extent = list.extent();
    bool entered = false;
    for (IndexSearch* search : searches) entered |= search->enter(wanted);
    if (!entered) return;  // every later partition weighs less
    const size_t stretch = searches.size() == 1 ? extent.blocks : kBlocksAtOnce;
    for (size_t first = 0; first < extent.blocks; first += stretch) {
      const size_t end = std::min(extent.blocks, first + stretch);
      for (IndexSearch* search : searches) {
        if (search->scanned_to_ < end) search->scan_blocks(wanted, list, std::max(first, search->scanned_to_), end);
      }
    }
    for (IndexSearch* search : searches) {
      if (search->scanned_to_ != kNothing) search->scan_pending(wanted, list, extent);
    }
  }
}

void IndexSearch::choose_partitions() {
  if (query_.partitions.empty()) {
    for (uint32_t number = 0; number < view_.directory->partitions.size(); ++number) partitions_.push_back({number, 0});
  }
  for (const PartitionWeight& partition : query_.partitions) {
    if (const auto number = view_.directory->find(partition.partition)) partitions_.push_back({*number, partition.weight});
  }
  std::ranges::stable_sort(partitions_, std::greater{}, &Weighted::weight);
}

bool IndexSearch::wanted_slot(uint32_t slot) const { return (filter_ == nullptr || filter_->contains(slot)) && answers(slot); }

bool IndexSearch::answers(uint32_t slot) const {
  if (!slots_.alive(slot, view_.version)) return false;
  return exclude_.empty() || !std::ranges::binary_search(exclude_, slots_[slot].product);
}

inline void IndexSearch::consider(Candidate candidate) {
  if (candidate.row == kNoRow || candidate.high < threshold_ || (!unchecked_ && !wanted_slot(rows_.slot(candidate.row)))) return;
  candidates_.push_back(candidate);
  add_low(candidate);
  if (candidates_.size() >= candidates_max_) forget_hopeless();
}

void IndexSearch::drop_unwanted() {
  if (!unchecked_) return;
  std::erase_if(candidates_, [this](const Candidate& candidate) { return !wanted_slot(rows_.slot(candidate.row)); });
  unchecked_ = false;
  uncounted_ = 0;
}

// Scans the clusters of the partition; false when nothing of it can be among the best.
bool IndexSearch::enter(uint32_t wanted) {
  const float margin = query_.exact ? 0 : view_.directory->space->head_margin();
  scanned_to_ = kNothing;
  if (partitions_[wanted].weight + kSimilarityMax + margin < threshold_) return false;
  scanned_to_ = 0;
  const Partition& partition = *view_.directory->partitions[partitions_[wanted].partition];
  if (partition.clusters != nullptr && !query_.exact) {
    scan_clusters(wanted, partition);
    scanned_to_ = partition.clusters->first_blocks.back();
  }
  return true;
}

// The most promising lists first, which raise the threshold; then the others that can be expected to hold one of the k best, as they lie.
void IndexSearch::scan_clusters(uint32_t wanted, const Partition& partition) {
  const Clusters& clusters = *partition.clusters;
  const auto scan_lists = [&](uint32_t first, uint32_t end) { scan_blocks(wanted, partition.list, clusters.first_blocks[first], clusters.first_blocks[end]); };
  const auto lists = static_cast<uint32_t>(clusters.centres->size());
  thread_local std::vector<float> promises;
  clusters.centres->promises(query_.vector, kClustersRecall, promises);
  const float weight = partitions_[wanted].weight;
  const auto hopeful = [&](uint32_t list) { return promises[list] + weight >= std::max(threshold_, lows_->first()); };
  for (const uint32_t list : most_promising(std::span(promises).first(lists))) {
    if (hopeful(list)) scan_lists(list, list + 1);
    promises[list] = -std::numeric_limits<float>::infinity();  // below any threshold
  }
  for (uint32_t first = 0; first < lists;) {
    uint32_t end = first;
    while (end < std::min(lists, first + kListsAtOnce) && hopeful(end)) ++end;
    if (end > first) scan_lists(first, end);
    first = std::max(end, first + 1);
  }
}

void IndexSearch::scan_blocks(uint32_t wanted, const RowList& list, size_t first, size_t end) {
  if (!list.intact(first, end)) return;
  const float weight = partitions_[wanted].weight;
  std::array<uint32_t, kBlocksAtOnce * kBlockRows> found;
  std::array<float, kBlocksAtOnce * kBlockRows> sums;
  const float constant = query_.exact ? first_.constant + kScoreRounding * (1 + std::abs(weight)) : view_.directory->space->head_margin();
  for (size_t block = first; block < end;) {
    const size_t blocks = std::min({end - block, list.run(block), std::clamp(cost_.scanned / kBlockRows, kBlocksAtFirst, kBlocksAtOnce)});
    const HeadScan scan{.heads = list.heads(block),
                        .errors = list.errors(block),
                        .blocks = blocks,
                        .weights = coded_.head.weights,
                        .base = coded_.head.base + weight,
                        .scale = coded_.head.scale,
                        .head_error = query_.exact ? first_.head : 0,
                        .tail_error = query_.exact ? first_.tail : 0,
                        .threshold = threshold_ - constant};
    const size_t count = code_kernels().scan_heads(scan, found.data(), sums.data());
    for (size_t i = 0; i < count; ++i) {
      const auto entry = static_cast<uint32_t>(block * kBlockRows) + found[i];
      Candidate candidate{sums[i], sums[i] + constant, list.row(entry), entry, wanted, false};
      if (query_.exact) {
        const BlockErrors& errors = *list.errors(entry / kBlockRows);
        candidate.low -=
            2 * (first_.head * static_cast<float>(errors.head[entry % kBlockRows]) + first_.tail * static_cast<float>(errors.tail[entry % kBlockRows])) +
            constant;
      }
      consider(candidate);
    }
    block += blocks;
    cost_.scanned += blocks * kBlockRows;
    lows_->update();
    raise_threshold();
  }
}

void IndexSearch::scan_pending(uint32_t wanted, const RowList& list, RowList::Extent extent) {
  const float weight = partitions_[wanted].weight, error = kScoreRounding * (1 + std::abs(weight));
  for (size_t entry = extent.blocks * kBlockRows; entry < extent.entries; ++entry) {
    const uint32_t row = list.row(entry);
    if (row == kNoRow || !rows_.intact(row)) continue;
    const double similarity = scan_kernels().dot_exact(rows_.fixed_row(row).data(), query_.vector.data(), rows_.dimension());
    const auto score = static_cast<float>(similarity + static_cast<double>(weight));
    consider({score - error, score + error, row, static_cast<uint32_t>(entry), wanted, true});
  }
  cost_.scanned += extent.entries - extent.blocks * kBlockRows;
}

// Better bounds from the tails of the codes.
void IndexSearch::narrow_candidates() {
  if (candidates_.size() <= k_) return drop_unwanted();
  forget_hopeless();
  drop_unwanted();
  cost_.estimated += candidates_.size();
  const CodeSpace& space = *view_.directory->space;
  if (space.tail_bytes() == 0) return;
  if (!query_.exact) threshold_ = query_.min_score;  // the k-th best first estimate says nothing about the second ones
  start_ranking(view_.rows < kManyRows ? kSecondKept : kSecondKeptOfMany, space.tail_margin());
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (i + kPrefetchAhead < candidates_.size() && !candidates_[i + kPrefetchAhead].pending) {
      const Candidate& later = candidates_[i + kPrefetchAhead];
      const uint8_t* tail = list_of(later).tail(later.entry);
      for (size_t byte = 0; byte < space.tail_bytes(); byte += 64) __builtin_prefetch(tail + byte);
    }
    Candidate& candidate = candidates_[i];
    if (!candidate.pending) narrow_by_tail(candidate, list_of(candidate));
    add_low(candidate);
  }
  forget_hopeless();
}

inline const RowList& IndexSearch::list_of(const Candidate& candidate) const {
  return view_.directory->partitions[partitions_[candidate.wanted].partition]->list;
}

inline void IndexSearch::narrow_by_tail(Candidate& candidate, const RowList& list) const {
  const float rest = coded_.tail_part(list.tail(candidate.entry));
  if (!query_.exact) {
    candidate.low += rest;
    candidate.high = candidate.low + list.space().tail_margin();
    return;
  }
  const float rounding = kScoreRounding * (1 + std::abs(partitions_[candidate.wanted].weight));
  const BlockErrors& errors = *list.errors(candidate.entry / kBlockRows);
  const size_t lane = candidate.entry % kBlockRows;
  const float head = first_.head * static_cast<float>(errors.head[lane]);
  const float estimate = candidate.high - first_.constant - rounding - head - first_.tail * static_cast<float>(errors.tail[lane]) + rest;
  const float error = head + second_.tail * static_cast<float>(errors.tail_rounding[lane]) + second_.constant + 4 * rounding;
  candidate.low = estimate - error;
  candidate.high = estimate + error;
}

// The threshold is the k-th greatest lower bound among products. Bounds that are not proven but held in a sample say less about
// few or filtered rows: then the best `keep` products stay, whatever the `margin`.
void IndexSearch::start_ranking(size_t keep, float margin) {
  kept_ = query_.exact ? k_ : std::max(k_, keep);
  margin_ = query_.exact ? 0 : margin;
  lows_.emplace(k_ + uncounted_, kept_ + uncounted_);
}

// Of a product with several rows, only that of its main picture: so no product counts twice.
inline void IndexSearch::add_low(const Candidate& candidate) {
  if (!several_rows_ || slots_.first_row(rows_.slot(candidate.row)) == candidate.row) lows_->add(candidate.low);
}

void IndexSearch::raise_threshold() {
  if (lows_->second() != BestScores::kNone) threshold_ = std::max(threshold_, std::min(lows_->first(), lows_->second() + margin_));
}

// The same by the best row of each product instead of the main one: more of the work, and a higher threshold. Rows beyond the likely
// ones have lower bounds that are lower still, so the best products are those among them.
void IndexSearch::raise_by_products() {
  std::vector<std::pair<uint32_t, float>> best;  // slot, its greatest lower bound negated
  for (size_t likely = 4 * kept_; best.size() < kept_; likely *= 2) {
    if (candidates_.size() < kept_) return;
    likely = std::min(likely, candidates_.size());
    const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(likely);
    if (end != candidates_.end()) std::ranges::nth_element(candidates_, end, std::greater{}, &Candidate::low);
    best.clear();
    for (auto candidate = candidates_.begin(); candidate != end; ++candidate) best.emplace_back(rows_.slot(candidate->row), -candidate->low);
    std::ranges::sort(best);
    best.erase(std::ranges::unique(best, {}, &std::pair<uint32_t, float>::first).begin(), best.end());
    if (end == candidates_.end() && best.size() < kept_) return;
  }
  const auto kth = best.begin() + static_cast<std::ptrdiff_t>(k_ - 1), last = best.begin() + static_cast<std::ptrdiff_t>(kept_ - 1);
  std::ranges::nth_element(best, last, {}, &std::pair<uint32_t, float>::second);
  const float lowest = -last->second;
  std::ranges::nth_element(best.begin(), kth, last + 1, {}, &std::pair<uint32_t, float>::second);
  threshold_ = std::max(threshold_, std::min(-kth->second, lowest + margin_));
}

void IndexSearch::forget_hopeless() {
  lows_->take_in();
  raise_threshold();
  if (several_rows_) raise_by_products();
  size_t kept = 0;  // without a branch, which nobody could predict
  for (const Candidate& candidate : candidates_) {
    candidates_[kept] = candidate;
    kept += candidate.high < threshold_ ? 0 : 1;
  }
  candidates_.resize(kept);
  candidates_max_ = std::max(candidates_max_, 2 * candidates_.size());
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
  uint32_t row = slots_.first_row(hit.slot);
  while (rows_.picture(row) != hit.picture) ++row;
  for (const Fixed number : rows_.fixed_row(row)) neighbour.vector.push_back(from_fixed(number));
  neighbour.attributes = slots_.columns().row(hit.slot);
}

}  // namespace nozama
