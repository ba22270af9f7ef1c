#include "engine/import_deletions.h"

#include <algorithm>

#include "catalog/catalog.h"

namespace nozama {
namespace {

constexpr int kStep = 500;

}  // namespace

void ProductSet::add(ProductId id) {
  const auto place = static_cast<size_t>(id.value);
  if (bits_.size() <= place) bits_.resize(std::max(place + 1, bits_.size() * 2));
  bits_[place] = true;
}

Result<int64_t> delete_others(Catalog& catalog, const ProductSet& keep, ProductId last, const std::stop_token& stop) {
  int64_t deleted = 0;
  ProductId after;
  while (after.value < last.value && !stop.stop_requested()) {
    const auto keys = catalog.product_keys(after, kStep);
    if (!keys) return propagate(keys);
    if (keys->empty()) break;
    std::vector<std::string> gone;
    for (const ProductKey& key : *keys) {
      after = key.id;
      if (key.id.value <= last.value && !keep.has(key.id)) gone.push_back(key.external_id);
    }
    const auto removed = gone.empty() ? Result<int64_t>(0) : catalog.delete_products(gone);
    if (!removed) return propagate(removed);
    deleted += *removed;
  }
  return deleted;
}

}  // namespace nozama
