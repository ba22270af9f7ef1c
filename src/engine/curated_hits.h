// A photo search under the shop's rules: what is not looked for, and the order of what was found.
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "engine/search.h"
#include "index/vector_index.h"
#include "recommend/curation.h"

namespace nozama {

struct CuratedHit {
  Neighbour hit;     // of a pin that the search has not found: the product only
  double score = 0;  // calibrated; 0 of such a pin
  bool pinned = false;
};

// The filter with what the rules about stock hide.
std::optional<Filter> curated_filter(const std::optional<Filter>& filter, const Curation& curation);

// `found`: the hits of the answer, best first. The first SearchLimits::kCountedMax are put in order; those behind keep their place, so that pages fit
// together. A pin that was not found is added unless the query filters: the shopper's own conditions stand above the shop's. `exclude`: never added.
std::vector<CuratedHit> curated_hits(const Curation& curation, const SearchQuery& query, std::span<const ProductId> exclude, std::vector<CuratedHit> found);

}  // namespace nozama
