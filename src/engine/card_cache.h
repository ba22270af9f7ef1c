#pragma once

#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

class Catalog;

// Cards by language, read again only after the catalogue has changed. Thread-safe.
class CardCache {
 public:
  // Catalog::cards(). `seq`: the newest change known to the caller.
  Result<std::vector<ProductCard>> get(Catalog& catalog, int64_t seq, const std::vector<ProductId>& ids, const std::string& lang);

  size_t size() const;

 private:
  using Cards = std::unordered_map<ProductId, ProductCard>;

  mutable std::mutex mutex_;
  int64_t seq_ = -1;
  size_t size_ = 0;
  std::map<std::string, Cards> cards_;
};

}  // namespace nozama
