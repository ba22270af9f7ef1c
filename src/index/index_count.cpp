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
  std::vector<uint64_t> words((view.version + 63) / 64);
  const auto consider = [&](uint32_t slot) {
    if (slot >= view.version || !slots.alive(slot, view.version)) return;
    const uint32_t partition = slots.partition(slot);
    if (slots.rows(slot) == 0 || partition >= wanted.size() || !wanted[partition]) return;
    if (exclude.empty() || !std::ranges::binary_search(exclude, slots[slot].product)) words[slot / 64] |= uint64_t{1} << slot % 64;
  };
  if (filter != nullptr) {
    filter->for_each(consider);
  } else {
    for (uint32_t slot = 0; slot < view.version; ++slot) consider(slot);
  }
  return {std::move(words), view.version};
}

SlotSet slots_of(const View& view, std::span<const ProductId> products, const SlotSet* filter) {
  if (products.empty()) return SlotSet(view.version);
  // Ids are numbers that the database gives one after another: a bit each is less than a table, and found at once.
  const auto [least, greatest] = std::ranges::minmax(products, {}, &ProductId::value);
  std::vector<bool> wanted(static_cast<size_t>(greatest.value - least.value) + 1);
  for (const ProductId product : products) wanted[static_cast<size_t>(product.value - least.value)] = true;
  std::vector<uint64_t> words((view.version + 63) / 64);
  const Slots& slots = view.generation->slots;
  const auto consider = [&](uint32_t slot) {
    const int64_t id = slots[slot].product.value;
    if (id >= least.value && id <= greatest.value && wanted[static_cast<size_t>(id - least.value)]) words[slot / 64] |= uint64_t{1} << slot % 64;
  };
  if (filter != nullptr) {
    filter->for_each(consider);
  } else {
    for (uint32_t slot = 0; slot < view.version; ++slot) consider(slot);
  }
  return {std::move(words), view.version};
}

std::vector<ProductId> listed_products(const View& view, const SlotSet& slots, const ListOrder& order) {
  const NumberColumn* column = view.generation->slots.columns().numbers(order.column);
  std::vector<std::pair<double, ProductId>> products;
  slots.for_each([&](uint32_t slot) {
    const std::optional<double> value = column == nullptr ? std::nullopt : column->value(slot);
    const double key = !value ? std::numeric_limits<double>::infinity() : order.descending ? -*value : *value;
    products.emplace_back(key, view.generation->slots[slot].product);
  });
  const size_t begin = std::min(order.offset, products.size()), end = begin + std::min(order.limit, products.size() - begin);
  std::ranges::partial_sort(products, products.begin() + static_cast<std::ptrdiff_t>(end));
  std::vector<ProductId> listed;
  for (size_t i = begin; i < end; ++i) listed.push_back(products[i].second);
  return listed;
}

}  // namespace nozama
