#include "engine/filtered_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "engine/shop_columns.h"
#include "index/vector_index.h"

namespace nozama {
namespace {

ListOrder order_of(const ProductListQuery& page) {
  ListOrder order{.offset = static_cast<size_t>(page.offset), .limit = static_cast<size_t>(page.limit)};
  if (page.sort == ProductSort::kRating) order.column = "rating";
  if (page.sort == ProductSort::kPriceAscending || page.sort == ProductSort::kPriceDescending) order.column = "price";
  order.descending = page.sort == ProductSort::kPriceDescending || page.sort == ProductSort::kRating;
  return order;
}

Result<Filter> in_category(const std::string& slug, const std::vector<WritableColumn>& columns) {
  const auto column = std::ranges::find(columns, "category", [](const WritableColumn& one) { return one.spec.name; });
  auto slugs = column->values(slug);
  if (!slugs) return fail(ErrorCode::kNotFound, "unknown_category", fmt::format("there is no category '{}'", slug.substr(0, 200)));
  return one_of("category", std::move(*slugs));
}

}  // namespace

Result<ListAnswer> list_filtered(Catalog& catalog, const VectorIndex& index, const CategoryCache::Tree& categories, const ListQuery& query) {
  const auto columns = writable_columns(index.columns(), categories);
  auto written = parse_filter_field(query.filter, columns);
  if (!written) return propagate(written);
  Filter filter = *written ? std::move(**written) : all_of({});
  if (!query.page.category.empty()) {
    auto category = in_category(query.page.category, columns);
    if (!category) return propagate(category);
    filter = all_of({std::move(filter), std::move(*category)});
  }
  NeighbourQuery wanted;
  wanted.filter = &filter;
  auto counts = index.count(wanted, query.facets);
  if (!counts) return propagate(counts);
  const auto ids = index.list(wanted, order_of(query.page));
  if (!ids) return propagate(ids);
  auto cards = catalog.cards(*ids, query.page.lang);
  if (!cards) return propagate(cards);
  ListAnswer answer{{std::move(*cards), counts->total}, {}};
  if (!query.facets.empty()) answer.facets = std::move(*counts);
  return answer;
}

}  // namespace nozama
