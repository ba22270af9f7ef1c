// What a home page shows beside the categories.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

// Of products with a picture, best first. Thread-safe; errors as the catalogue's.
class ShelfStore {
 public:
  explicit ShelfStore(Catalog& catalog) : catalog_(catalog) {}

  // What shoppers did with the shop's products since then: an order counts 5, a cart 3, a favourite 2, a click or view 1.
  Result<std::vector<ProductId>> trending(int64_t since_ms, int limit);
  Result<std::vector<ProductId>> most_reviewed(int limit);
  Result<std::vector<ProductId>> newest(int limit);

 private:
  Catalog& catalog_;
};

}  // namespace nozama
