// One search over one View of the index. Internal to the index.
#pragma once

#include <span>
#include <vector>

#include "index/best_products.h"
#include "index/partition.h"
#include "index/vector_index.h"

namespace nozama {

// Scans the codes of the partitions, greatest weight first, and keeps every row that the bounds of its score let into the
// best k; then compares those by their stored vectors in double precision. The query is checked.
class IndexSearch {
 public:
  // `filter`: the slots that fulfil the query's; null = all.
  IndexSearch(const View& view, const NeighbourQuery& query, const SlotSet* filter);
  std::vector<Neighbour> run();
  SlotSet run_for_slots();  // of the same hits

 private:
  struct Weighted {
    uint32_t partition;  // number
    float weight;
  };
  struct Candidate {
    float low, high;  // bounds of the score
    uint32_t row, partition;
    float weight;
  };

  void find();
  std::vector<Weighted> weighted_partitions() const;
  void scan(const Weighted& wanted);
  void scan_exactly(const Weighted& wanted);
  void consider(uint32_t row, float score, float error, const Weighted& wanted);
  void raise_threshold();
  void rerank_candidates();
  void compare(uint32_t row, const Weighted& wanted);
  bool wanted_slot(uint32_t slot) const;
  std::vector<Neighbour> neighbours();
  void add_details(const Hit& hit, Neighbour& neighbour) const;

  const View& view_;
  const Slots& slots_;
  const Rows& rows_;
  const NeighbourQuery& query_;
  const SlotSet* filter_;
  const size_t k_;
  std::vector<ProductId> exclude_;  // ascending
  QuantisedQuery codes_;
  std::vector<Candidate> candidates_;
  size_t candidates_max_;  // then the threshold is raised
  float threshold_;        // a score that cannot reach it cannot enter
  BestProducts best_;
};

}  // namespace nozama
