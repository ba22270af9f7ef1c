// The order that a shop's rules give to what a search has found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace nozama {

// What the rules that are for one search come to. No product is in two of the lists.
struct Curation {
  struct Pin {
    int64_t product = 0;
    size_t place = 1;  // among the results, 1 = first
  };
  std::vector<Pin> pins;
  std::vector<int64_t> hidden;                 // not to be searched for
  std::unordered_map<int64_t, double> boosts;  // added to the score
  bool hide_out_of_stock = false, sink_out_of_stock = false;

  bool changes_nothing() const { return pins.empty() && hidden.empty() && boosts.empty() && !hide_out_of_stock && !sink_out_of_stock; }
};

struct CuratedCandidate {
  int64_t product = 0;
  double score = 0;
  bool in_stock = true;
};

struct PlacedCandidate {
  size_t candidate = 0;  // its number
  bool pinned = false;
};

// Every candidate once. In the order given, but that boosted ones go before those whose score they surpass, then those out of stock after the
// others where the rules say so, and pinned ones into their places: by place, then as the rules name them; never further back than the end.
std::vector<PlacedCandidate> curated_order(std::span<const CuratedCandidate> candidates, const Curation& curation);

}  // namespace nozama
