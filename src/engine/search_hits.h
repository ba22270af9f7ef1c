// From a vector to the products of the answer: found, ordered by words, collapsed, spread over brands and looks, counted.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/near_duplicates.h"
#include "engine/search_session.h"
#include "engine/wished_hits.h"

namespace nozama {

struct FoundHits {
  std::vector<Neighbour> hits;  // those that reach the least score come before the others
  Collapsed collapsed;
  NeighbourQuery all;  // finds every product that reaches the least score; borrows what the query borrows
};

struct HitSearch {
  std::span<const float> vector;  // in the space of the index
  double least_score = 0;         // calibrated; hits below it are not the answer's
  NeighbourQuery neighbours;      // where to look and what for; its k and what else it leaves open are filled in
  const Wished* wished = nullptr;
};

Result<FoundHits> find_hits(const Live& live, const SearchQuery& query, HitSearch search);

// The facets that a query asks for, counted over all products of the answer; nothing when it asks for none.
Result<std::optional<FacetCounts>> count_hits(const Live& live, std::span<const float> vector, const SearchQuery& query, const NeighbourQuery& all);

}  // namespace nozama
