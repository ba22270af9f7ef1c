#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

class Catalog;

// The category tree by language, read again only after the catalogue has changed. Thread-safe.
class CategoryCache {
 public:
  using Tree = std::shared_ptr<const std::vector<CategoryNode>>;

  // `seq`: the newest change known to the caller.
  Result<Tree> get(Catalog& catalog, int64_t seq, const std::string& lang);

 private:
  std::mutex mutex_;
  int64_t seq_ = -1;
  std::map<std::string, Tree> trees_;
};

}  // namespace nozama
