// One search over one View of the index. Internal to the index.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "index/best_products.h"
#include "index/best_scores.h"
#include "index/partition.h"
#include "index/vector_index.h"

namespace nozama {

// Scans the heads of the codes of the partitions, greatest weight first, and keeps every row that the bounds of its score let
// into the best k; narrows the bounds of those by their tails; then compares what is left by the stored vectors in double
// precision. The exact mode takes proven bounds of each row, the other one those that held in a sample. The query is checked.
class IndexSearch {
 public:
  // `filter`: the slots that fulfil the query's; null = all.
  IndexSearch(const View& view, const NeighbourQuery& query, const SlotSet* filter);
  // Rows in a damaged part of the snapshot are left out: the answer counts only while SnapshotBytes::damaged() is false.
  std::vector<Neighbour> run();
  // Each one's run(), of searches over one View: those of the same partitions share the pass over the codes.
  static std::vector<std::vector<Neighbour>> run_together(std::span<IndexSearch> searches);

 private:
  struct Weighted {
    uint32_t partition = 0;  // number
    float weight = 0;
  };
  struct Candidate {
    float low, high;  // bounds of the score
    uint32_t row, entry, wanted;
    bool pending;  // without codes
  };

  struct Gathered {
    const Fixed* numbers;
    uint32_t row, wanted;
  };
  struct Estimate {
    float score;
    uint32_t place;  // in what was gathered
  };

  static constexpr size_t kNothing = std::numeric_limits<size_t>::max();

  static void find(std::span<IndexSearch* const> searches);
  static void scan_together(std::span<IndexSearch* const> searches);
  void choose_partitions();
  bool gather();
  std::vector<Estimate> estimate_gathered(std::span<const Gathered> gathered, float error, size_t slot_rows_max) const;
  void compare_gathered(std::span<const Gathered> gathered, size_t slot_rows_max);
  void prepare_scan();
  bool enter(uint32_t wanted);
  void scan_clusters(uint32_t wanted, const Partition& partition);
  void scan_blocks(uint32_t wanted, const RowList& list, size_t first, size_t end);
  void scan_pending(uint32_t wanted, const RowList& list, RowList::Extent extent);
  void consider(Candidate candidate);
  void add_low(const Candidate& candidate);
  void drop_unwanted();
  void narrow_candidates();
  void narrow_by_tail(Candidate& candidate, const RowList& list) const;
  const RowList& list_of(const Candidate& candidate) const;
  void start_ranking(size_t keep, float margin);
  void raise_threshold();
  void raise_by_products();
  void forget_hopeless();
  void compare_candidates();
  void compare(std::span<const Candidate> candidates);
  void compare_exactly(uint32_t row, const Weighted& wanted);
  bool wanted_slot(uint32_t slot) const;
  bool answers(uint32_t slot) const;  // whatever the filter
  std::vector<Neighbour> neighbours();
  void add_details(const Hit& hit, Neighbour& neighbour) const;

  const View& view_;
  const Slots& slots_;
  const Rows& rows_;
  const NeighbourQuery& query_;
  const SlotSet* filter_;
  const bool several_rows_;  // of some product
  bool unchecked_ = false;   // candidates can be of rows that do not count: they are looked up once few are left
  size_t uncounted_ = 0;     // of which there are so many at most
  const size_t k_;
  std::vector<ProductId> exclude_;    // ascending
  std::vector<Weighted> partitions_;  // greatest weight first
  CodedQuery coded_;
  ErrorFactors first_, second_;
  std::vector<Candidate> candidates_;
  size_t candidates_max_;  // then those that cannot enter any more are forgotten
  size_t kept_ = 0;        // products that stay whatever the margin_
  float margin_ = 0;
  std::optional<BestScores> lows_;  // lower bounds; of at most one row a product
  float threshold_;                 // a score that cannot reach it cannot enter
  BestProducts best_;
  SearchCost cost_;
  size_t scanned_to_ = 0;  // blocks of the partition that is scanned; kNothing: it is passed over
};

}  // namespace nozama
