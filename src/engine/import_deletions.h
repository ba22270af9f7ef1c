// The end of a full import: products that the feed did not have go.
#pragma once

#include <stop_token>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

// A bit a product: ids of the catalogue are dense.
class ProductSet {
 public:
  void add(ProductId id);
  bool has(ProductId id) const { return id.value >= 0 && static_cast<size_t>(id.value) < bits_.size() && bits_[static_cast<size_t>(id.value)]; }

 private:
  std::vector<bool> bits_;
};

// Deletes what is not in `keep`, in steps, up to and including `last`: what came later, another writer has added meanwhile.
// Returns how many.
Result<int64_t> delete_others(Catalog& catalog, const ProductSet& keep, ProductId last, const std::stop_token& stop);

}  // namespace nozama
