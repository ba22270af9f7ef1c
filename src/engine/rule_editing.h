// What the shop's people do with curation rules before they are in force.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/curation.h"
#include "engine/search.h"

namespace nozama {

class Engine;

// Does the shop have what the rule names? kInvalidArgument "unknown_category", "unknown_product" or "bad_vector"; kConflict "stale_vector".
Status check_against_shop(Engine& engine, const CurationRule& rule);
// A picture of another encoder than the one that serves triggers nothing any more.
bool is_outdated(Engine& engine, const CurationRule& rule);

// With a product or a vector a search by looks, else by words or a list.
struct PreviewQuery {
  std::string text, category, vector, product_id;  // "" = none
  std::string lang = "en";
  static constexpr int kLimit = 12;
};

struct PreviewedProduct {
  ProductCard product;
  bool pinned = false;
};

struct RulePreview {
  std::vector<PreviewedProduct> without, with;  // the first page each
};

// What the query gives beside the other rules of the shop, without and with this one: as it stands here, as if it were enabled and its time had
// come. Nothing is stored. Errors as check_rule() and check_against_shop(), and those of the search.
Result<RulePreview> preview_rule(Engine& engine, CurationRule rule, const PreviewQuery& query);

}  // namespace nozama
