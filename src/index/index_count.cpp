#include "index/index_count.h"

#include <algorithm>

namespace nozama {

SlotSet eligible_slots(const View& view, const NeighbourQuery& query, const SlotSet* filter) {
  const Slots& slots = view.generation->slots;
  std::vector<bool> wanted(view.directory->partitions.size(), query.partitions.empty());
  for (const PartitionWeight& partition : query.partitions) {
    if (const auto number = view.directory->find(partition.partition)) wanted[*number] = true;
  }
  std::vector<ProductId> exclude(query.exclude.begin(), query.exclude.end());
  std::ranges::sort(exclude);
  SlotSet eligible(view.version);
  const auto consider = [&](uint32_t slot) {
    if (slot >= view.version || !slots.alive(slot, view.version)) return;
    const SlotRecord& record = slots[slot];
    if (record.rows == 0 || record.partition >= wanted.size() || !wanted[record.partition]) return;
    if (exclude.empty() || !std::ranges::binary_search(exclude, record.product)) eligible.insert(slot);
  };
  if (filter != nullptr) {
    filter->for_each(consider);
  } else {
    for (uint32_t slot = 0; slot < view.version; ++slot) consider(slot);
  }
  return eligible;
}

}  // namespace nozama
