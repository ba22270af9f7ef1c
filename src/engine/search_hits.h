// From a vector to the products of the answer: found, collapsed, spread over brands and looks, counted.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/near_duplicates.h"
#include "engine/search_session.h"

namespace nozama {

struct FoundHits {
  std::vector<Neighbour> hits;  // those that reach the least score come before the others
  Collapsed collapsed;
  NeighbourQuery all;  // finds every product that reaches the least score; borrows what the query borrows
};

// `least_score`: calibrated; hits below it are not the answer's. `neighbours`: where to look and what for; its k and what else it leaves open are filled in.
Result<FoundHits> find_hits(const Live& live, std::span<const float> embedding, const SearchQuery& query, double least_score, NeighbourQuery neighbours);

// The facets that a query asks for, counted over all products of the answer; nothing when it asks for none.
Result<std::optional<FacetCounts>> count_hits(const Live& live, std::span<const float> embedding, const SearchQuery& query, const NeighbourQuery& all);

}  // namespace nozama
