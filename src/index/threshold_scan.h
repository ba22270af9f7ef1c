// The products that reach a least score, whatever their order. Internal to the index.
#pragma once

#include <span>
#include <vector>

#include "index/partition.h"
#include "index/slot_set.h"
#include "index/vector_index.h"

namespace nozama {

// Decides about every row by the first that tells: the proven bounds of its score from the head of its code, those from its whole code,
// its stored vector in single precision, and in double. The query is checked.
class ThresholdScan {
 public:
  // `filter`: the slots that fulfil the query's; null = all.
  ThresholdScan(const View& view, const NeighbourQuery& query, const SlotSet* filter);
  // All with a row that reaches the query's min_score, whatever its k. Rows in a damaged part of the snapshot are left out: the
  // answer counts only while SnapshotBytes::damaged() is false.
  SlotSet run();

 private:
  struct Estimated {
    uint32_t row, slot, entry;
    float score;  // from the head
  };
  struct Undecided {
    uint32_t row, slot;
    float weight;
  };

  void choose_partitions();
  bool gather();
  void scan(const Partition& partition, float weight);
  void scan_blocks(const RowList& list, size_t first, size_t blocks, float weight);
  void consider_tails(const RowList& list, float weight);
  void compare_undecided();
  bool reaches_exactly(const Undecided& undecided) const;
  void drop_unwanted();
  // Of this version, among what the filter lets pass, and not found yet.
  bool is_open(uint32_t slot) const {
    return slot < view_.version && (words_[slot / 64] >> slot % 64 & 1) == 0 && (filter_ == nullptr || filter_->contains(slot));
  }
  void insert(uint32_t slot) { words_[slot / 64] |= uint64_t{1} << slot % 64; }

  const View& view_;
  const Slots& slots_;
  const Rows& rows_;
  const NeighbourQuery& query_;
  const SlotSet* filter_;
  std::vector<float> weights_;  // of each partition; kNotSearched
  CodedQuery coded_;
  ErrorFactors first_, second_;
  std::vector<Estimated> estimated_;  // the head left them open
  std::vector<Undecided> undecided_;  // so did the tail
  std::vector<uint64_t> words_;       // the slots that were found
  SearchCost cost_;
};

}  // namespace nozama
