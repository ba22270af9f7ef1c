#include "engine/curated_hits.h"

#include <algorithm>
#include <unordered_set>

namespace nozama {
namespace {

bool is_in_stock(const Neighbour& hit) {
  const auto& numbers = hit.attributes.numbers;
  const auto stock = std::ranges::find(numbers, "in_stock", &std::pair<std::string, double>::first);
  return stock == numbers.end() || stock->second != 0;
}

void add_pins(const Curation& curation, std::span<const ProductId> exclude, std::vector<CuratedHit>& hits) {
  std::unordered_set<int64_t> known;
  for (const ProductId product : exclude) known.insert(product.value);
  for (const CuratedHit& hit : hits) known.insert(hit.hit.product.value);
  std::vector<CuratedHit> added;
  for (const Curation::Pin& pin : curation.pins) {
    if (known.insert(pin.product).second) added.push_back({.hit = {.product = {pin.product}}});
  }
  hits.insert(hits.begin(), added.begin(), added.end());
}

}  // namespace

std::optional<Filter> curated_filter(const std::optional<Filter>& filter, const Curation& curation) {
  if (!curation.hide_out_of_stock) return filter;
  Filter in_stock = compare("in_stock", FilterOperator::kEqual, 1);
  return filter ? all_of({*filter, std::move(in_stock)}) : std::move(in_stock);
}

std::vector<CuratedHit> curated_hits(const Curation& curation, const SearchQuery& query, std::span<const ProductId> exclude, std::vector<CuratedHit> found) {
  if (curation.changes_nothing()) return found;
  if (!query.filter) add_pins(curation, exclude, found);
  const size_t first = std::min<size_t>(found.size(), SearchLimits::kCountedMax);
  std::vector<CuratedCandidate> candidates;
  for (size_t i = 0; i < first; ++i) candidates.push_back({found[i].hit.product.value, found[i].score, is_in_stock(found[i].hit)});
  std::vector<CuratedHit> ordered;
  for (const PlacedCandidate& placed : curated_order(candidates, curation)) {
    ordered.push_back(std::move(found[placed.candidate]));
    ordered.back().pinned = placed.pinned;
  }
  std::ranges::move(ordered, found.begin());
  return found;
}

}  // namespace nozama
