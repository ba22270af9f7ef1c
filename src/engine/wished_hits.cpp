#include "engine/wished_hits.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/search.h"
#include "engine/search_session.h"

namespace nozama {
namespace {

// The nearest that fulfil a wish, for they may be far beyond the nearest of all.
Status add_wished(const Live& live, std::span<const float> vector, const Wished& wished, NeighbourQuery query, std::vector<Neighbour>& hits) {
  std::unordered_set<ProductId> seen;
  for (const Neighbour& hit : hits) seen.insert(hit.product);
  query.k = SearchLimits::kCountedMax;
  if (!wished.wishes.categories.empty() && !wished.in_these_categories) query.partitions.clear();
  const Filter* const asked = query.filter;
  for (const Filter& wish : wish_filters(wished.wishes)) {
    const Filter both = asked == nullptr ? wish : all_of({*asked, wish});
    query.filter = &both;
    auto found = search_vector(live, vector, query);
    if (!found) return propagate(found);
    for (Neighbour& hit : *found) {
      if (seen.insert(hit.product).second) hits.push_back(std::move(hit));
    }
  }
  return {};
}

// Nothing for a product that has been deleted meanwhile.
Result<std::unordered_map<ProductId, double>> fulfilment_of(const Wished& wished, const std::vector<Neighbour>& hits) {
  std::vector<ProductId> ids;
  for (const Neighbour& hit : hits) ids.push_back(hit.product);
  const auto cards = wished.cards(ids);
  if (!cards) return propagate(cards);
  const std::vector<double> sums = wish_fulfilment(wished.wishes, *cards);
  std::unordered_map<ProductId, double> of;
  for (size_t i = 0; i < sums.size(); ++i) of.emplace((*cards)[i].id, sums[i]);
  return of;
}

}  // namespace

Status prefer_wished(const Live& live, std::span<const float> vector, const Wished& wished, const NeighbourQuery& neighbours, float least_score,
                     std::vector<Neighbour>& hits) {
  if (wished.wishes.empty()) return {};
  const size_t most = std::max(hits.size(), neighbours.k);
  const auto first_below = std::ranges::find_if(hits, [&](const Neighbour& hit) { return hit.score < least_score; });
  const auto moved = std::min<size_t>(static_cast<size_t>(first_below - hits.begin()), SearchLimits::kCountedMax);
  std::vector<Neighbour> ordered(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(moved));
  NeighbourQuery reaching = neighbours;
  reaching.min_score = least_score;
  if (auto added = add_wished(live, vector, wished, reaching, ordered); !added) return added;

  const auto fulfilment = fulfilment_of(wished, ordered);
  if (!fulfilment) return propagate(fulfilment);
  const auto value = [&](const Neighbour& hit) {
    const auto found = fulfilment->find(hit.product);
    return static_cast<double>(hit.score) + (found == fulfilment->end() ? 0 : kWishWeight * found->second);
  };
  std::ranges::stable_sort(ordered, std::greater(), value);

  std::unordered_set<ProductId> placed;
  for (const Neighbour& hit : ordered) placed.insert(hit.product);
  for (size_t i = moved; i < hits.size(); ++i) {
    if (!placed.contains(hits[i].product)) ordered.push_back(std::move(hits[i]));
  }
  if (ordered.size() > most) ordered.resize(most);
  hits = std::move(ordered);
  return {};
}

}  // namespace nozama
