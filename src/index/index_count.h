// The products that a search finds, all of them. Internal to the index.
#pragma once

#include "index/partition.h"
#include "index/slot_set.h"
#include "index/vector_index.h"

namespace nozama {

// The slots of the wanted partitions that live, fulfil the filter (null = all do) and are not excluded. Of the query, vector, k and
// min_score do not count.
SlotSet eligible_slots(const View& view, const NeighbourQuery& query, const SlotSet* filter);

// The slots of `products` that fulfil the filter (null = all do), whether they live or not.
SlotSet slots_of(const View& view, std::span<const ProductId> products, const SlotSet* filter);

std::vector<ProductId> listed_products(const View& view, const SlotSet& slots, const ListOrder& order);

}  // namespace nozama
