// The shop's rules in memory, and which of them are for a search.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/curation.h"
#include "engine/category_cache.h"
#include "recommend/curation.h"

namespace nozama {

class Catalog;
struct ServingModel;

// A rule ready to be compared with searches.
struct ReadyRule {
  struct Product {
    int64_t id = 0;
    bool in_stock = true;
  };
  CurationRule rule;
  std::vector<std::string> words;  // folded
  std::vector<float> picture;      // as the index has pictures; empty = the rule has none, or one of another encoder
  std::vector<Product> products;   // those that the catalogue has, in the rule's order
};
using ReadyRules = std::shared_ptr<const std::vector<ReadyRule>>;  // shared by the cache and the searches that run

Result<ReadyRules> make_ready(Catalog& catalog, const ServingModel& model, const std::vector<CurationRule>& rules);

// Read again only after the catalogue has changed. Thread-safe.
class CurationCache {
 public:
  // `seq`: the newest change known to the caller.
  Result<ReadyRules> get(Catalog& catalog, int64_t seq, const ServingModel& model);

 private:
  std::mutex mutex_;
  int64_t seq_ = -1;
  int64_t generation_ = -1;  // of the model
  ReadyRules rules_;
};

// What a search is about, as far as rules ask.
struct SearchSituation {
  std::string_view text = {};             // "" = none
  std::string_view category = {};         // slug: chosen, or seen in the photo; "" = none
  std::span<const float> embedding = {};  // of a photo, product or vector
  int64_t now_ms = 0;
};

// What the rules that are for this search come to. Of several that name a product the first decides, and of several about stock too. Pins out of
// stock obey the rule about stock.
Curation curation_of(const std::vector<ReadyRule>& rules, const ServingModel& model, const CategoryCache::Tree& categories, const SearchSituation& situation);

}  // namespace nozama
