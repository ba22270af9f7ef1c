#include "engine/curated_list.h"

#include <algorithm>
#include <iterator>

#include "catalog/catalog.h"

namespace nozama {
namespace {

// What opens the first page: boosted products of the list, then pins.
Result<std::vector<ProductCard>> leading_products(Catalog& catalog, const Curation& curation, const ProductListQuery& page) {
  std::vector<ProductCard> leading;
  if (!curation.boosts.empty()) {
    ProductListQuery boosted{.category = page.category, .text = page.text, .lang = page.lang, .only = std::vector<ProductId>{}};
    for (const auto& [product, boost] : curation.boosts) boosted.only->push_back({product});
    std::ranges::sort(*boosted.only);
    boosted.limit = static_cast<int>(std::min<size_t>(boosted.only->size(), SearchLimits::kLimitMax));
    boosted.out_of_stock = curation.hide_out_of_stock || curation.sink_out_of_stock ? OutOfStock::kHidden : OutOfStock::kShown;
    auto found = page.text.empty() ? catalog.list(boosted) : catalog.search_text(boosted);
    if (!found) return propagate(found);
    leading = std::move(found->products);
  }
  std::vector<ProductId> pins;
  for (const Curation::Pin& pin : curation.pins) pins.push_back({pin.product});
  auto pinned = catalog.cards(pins, page.lang);
  if (!pinned) return propagate(pinned);
  std::ranges::move(*pinned, std::back_inserter(leading));
  return leading;
}

// The first page: the leading products among the list's own.
void place_leading(const Curation& curation, std::vector<ProductCard> leading, ListAnswer& answer) {
  std::ranges::move(answer.page.products, std::back_inserter(leading));
  std::vector<CuratedCandidate> candidates;
  for (const ProductCard& card : leading) candidates.push_back({card.id.value, 0, card.in_stock});
  answer.page.products.clear();
  for (const PlacedCandidate& placed : curated_order(candidates, curation)) {
    answer.page.products.push_back(std::move(leading[placed.candidate]));
    if (placed.pinned) answer.pinned.push_back(answer.page.products.back().id);
  }
}

}  // namespace

Result<ListAnswer> curated_list(Catalog& catalog, const Curation& curation, const ListQuery& query, const PlainList& list) {
  if (curation.changes_nothing()) return list(query);
  ListQuery plain = query;
  const bool in_own_order = query.page.sort == ProductSort::kDefault && !query.filter;
  for (const int64_t product : curation.hidden) plain.page.exclude.push_back({product});
  if (curation.sink_out_of_stock && query.page.sort == ProductSort::kDefault) plain.page.out_of_stock = OutOfStock::kLast;
  if (curation.hide_out_of_stock) plain.page.out_of_stock = OutOfStock::kHidden;
  if (!in_own_order || (curation.pins.empty() && curation.boosts.empty())) return list(plain);

  auto leading = leading_products(catalog, curation, query.page);
  if (!leading) return propagate(leading);
  // One place is the list's own, so that every page goes on from it.
  if (std::cmp_greater_equal(leading->size(), query.page.limit)) leading->resize(static_cast<size_t>(query.page.limit - 1));
  for (const ProductCard& card : *leading) plain.leading.push_back(card.id);
  const auto count = static_cast<int>(leading->size());
  const bool is_first = query.page.after.empty() && query.page.offset == 0;
  if (is_first) plain.page.limit -= count;
  if (!is_first && query.page.after.empty()) plain.page.offset = std::max<int64_t>(0, query.page.offset - count);
  auto answer = list(plain);
  if (!answer) return propagate(answer);
  answer->page.total += count;
  if (is_first) place_leading(curation, std::move(*leading), *answer);
  return answer;
}

}  // namespace nozama
