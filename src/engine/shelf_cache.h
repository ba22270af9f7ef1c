// Which products the home page shows, looked up once a minute at most: a home page is opened often, and they change slowly.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

struct Shelves {
  std::vector<ProductId> trending, newest;
  bool trending_by_reviews = false;  // too few shoppers did anything of late
};

// Thread-safe.
class ShelfCache {
 public:
  static constexpr int kProducts = 12;  // on a shelf
  static constexpr int kTrendingMin = 4;

  // `seq`: the newest change known to the caller.
  Result<Shelves> get(Catalog& catalog, int64_t seq, int64_t now_ms);

 private:
  std::mutex mutex_;
  int64_t seq_ = -1, read_ms_ = 0;
  Shelves shelves_;
};

}  // namespace nozama
