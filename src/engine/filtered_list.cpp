#include "engine/filtered_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog.h"
#include "engine/shop_columns.h"
#include "index/vector_index.h"

namespace nozama {
namespace {

constexpr size_t kFilteredMatchesMax = 100'000;  // of a text, that a filter and facets look at

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

Filter in_stock() { return compare("in_stock", FilterOperator::kEqual, 1); }

// A page of what the query finds; those out of stock after the others where it is to be so.
Result<std::vector<ProductId>> list_page(const VectorIndex& index, NeighbourQuery query, const ProductListQuery& page) {
  const ListOrder order = order_of(page);
  if (page.out_of_stock != OutOfStock::kLast || page.sort != ProductSort::kDefault) return index.list(query, order);
  const Filter first = all_of({*query.filter, in_stock()}), last = all_of({*query.filter, not_of(in_stock())});
  query.filter = &first;
  const auto before = index.count(query, {});
  if (!before) return propagate(before);
  auto ids = index.list(query, order);
  if (!ids || ids->size() == order.limit) return ids;
  query.filter = &last;
  const auto in_first = static_cast<size_t>(before->total);
  const auto rest = index.list(query, {.offset = order.offset > in_first ? order.offset - in_first : 0, .limit = order.limit - ids->size()});
  if (!rest) return propagate(rest);
  ids->insert(ids->end(), rest->begin(), rest->end());
  return ids;
}

// Those of `wanted.only` that the index lists, in the order of the matches; those out of stock after the others where it is to be so.
Result<std::vector<ProductId>> page_of_matches(const VectorIndex& index, NeighbourQuery wanted, const ProductListQuery& page) {
  std::vector<Filter> parts = {*wanted.filter};
  if (page.out_of_stock == OutOfStock::kLast) parts = {all_of({*wanted.filter, in_stock()}), all_of({*wanted.filter, not_of(in_stock())})};
  std::vector<ProductId> ids;
  auto passed_over = page.offset;
  for (const Filter& part : parts) {
    wanted.filter = &part;
    const auto listed = index.list(wanted, {.limit = wanted.only->size()});
    if (!listed) return propagate(listed);
    for (const ProductId match : *wanted.only) {
      if (std::ssize(ids) == page.limit) break;
      if (!std::ranges::binary_search(*listed, match) || passed_over-- > 0) continue;
      ids.push_back(match);
    }
  }
  return ids;
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
  if (query.page.out_of_stock == OutOfStock::kHidden) filter = all_of({std::move(filter), in_stock()});
  NeighbourQuery wanted;
  wanted.filter = &filter;
  std::vector<ProductId> matches;
  if (!query.page.text.empty()) {
    auto found = catalog.text_matches(query.page.text, kFilteredMatchesMax);
    if (!found) return propagate(found);
    matches = std::move(*found);
    wanted.only = matches;
  }
  wanted.exclude = query.page.exclude;
  auto counts = index.count(wanted, query.facets);
  if (!counts) return propagate(counts);
  std::vector<ProductId> shown_apart = query.page.exclude;
  shown_apart.insert(shown_apart.end(), query.leading.begin(), query.leading.end());
  wanted.exclude = shown_apart;
  const auto listed = index.count(wanted, {});
  if (!listed) return propagate(listed);
  const bool by_match = wanted.only && query.page.sort == ProductSort::kDefault;
  const auto ids = by_match ? page_of_matches(index, wanted, query.page) : list_page(index, wanted, query.page);
  if (!ids) return propagate(ids);
  auto cards = catalog.cards(*ids, query.page.lang);
  if (!cards) return propagate(cards);
  ListAnswer answer{.page = {std::move(*cards), listed->total}};
  if (!query.facets.empty()) answer.facets = std::move(*counts);
  return answer;
}

}  // namespace nozama
