// Hits put in the order of looks and words together.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/live_index.h"
#include "engine/text_wishes.h"

namespace nozama {

struct Wished {
  TextWishes wishes;
  std::function<Result<std::vector<ProductCard>>(const std::vector<ProductId>&)> cards;  // as Catalog::cards(); a deleted product has none
  bool in_these_categories = false;  // the shopper chose where to look: a category's name in the words leads nowhere else
};

// Measured on the sample shop: docs/decisions/0070-refining-a-photo-search.md.
inline constexpr double kWishWeight = 0.4;  // similarity that a fulfilled wish is worth

// Of the nearest kCountedMax hits and the nearest as many for each wish and for all of them, best first by score + kWishWeight · wish_fulfilment(); the
// other hits follow as they were. Only hits that reach `least_score` are moved or added, and scores stay what they are: words order what looks alike, and
// bring in nothing that does not. `neighbours`: the query that found the hits.
Status prefer_wished(const Live& live, std::span<const float> vector, const Wished& wished, const NeighbourQuery& neighbours, float least_score,
                     std::vector<Neighbour>& hits);

}  // namespace nozama
