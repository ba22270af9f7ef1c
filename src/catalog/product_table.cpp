#include "catalog/product_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>

#include "base/number.h"
#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/sql_lists.h"
#include "catalog/validation.h"

namespace nozama {
namespace {

// Long enough to order by, short enough for an address.
constexpr int kTitleKeyChars = 40;

// What rows are ordered by, before their id. Only the title's takes values: the language and its base.
std::string sort_key(const ProductTableQuery& query) {
  const int64_t last = query.descending ? -1 : std::numeric_limits<int64_t>::max();
  switch (query.sort) {
    case TableSort::kUpdated: return "updated_ms";
    case TableSort::kPrice: return fmt::format("COALESCE(price_minor, {})", last);
    case TableSort::kStock: return fmt::format("COALESCE(stock, {})", last);
    case TableSort::kTitle:
      return fmt::format("COALESCE((SELECT LOWER(SUBSTR(title, 1, {})) FROM product_text WHERE product_id = product.id ORDER BY {}, lang LIMIT 1), '')",
                         kTitleKeyChars, kLangRank);
    case TableSort::kCreated: break;
  }
  return "id";
}

// The id and the key of a page's last row, '_' between them.
struct Place {
  int64_t id = 0;
  int64_t number = 0;
  std::string text;  // of a title
};

Result<Place> parse_place(const ProductTableQuery& query) {
  const size_t end = query.after.find('_');
  const auto id = parse_number<int64_t>(query.after.substr(0, end));
  Place place;
  if (end != std::string::npos) place.text = query.after.substr(end + 1);
  const auto number = parse_number<int64_t>(place.text);
  if (!id || end == std::string::npos || (query.sort == TableSort::kTitle ? !is_clean_text(place.text) : !number)) {
    return fail(ErrorCode::kInvalidArgument, "bad_page", "after is not the `next` of a page of this list");
  }
  place.id = *id;
  place.number = number.value_or(0);
  return place;
}

struct Listed {
  std::vector<ProductId> ids;
  std::string next;
};

Result<int64_t> count(sql::Connection& db, const std::string& conditions) {
  const auto total = sql::query_integer(db, fmt::format("SELECT COUNT(*) FROM product WHERE 1 = 1{}", conditions));
  if (!total) return propagate(total);
  return total->value_or(0);
}

Result<Listed> select_ids(sql::Connection& db, const ProductTableQuery& query, const std::string& conditions) {
  const bool by_title = query.sort == TableSort::kTitle;
  const std::string lang = normalized_lang(query.lang), base = base_lang(lang);
  std::vector<sql::Value> values;
  if (by_title) values = {sql::to_value(lang), sql::to_value(base)};
  Place place;
  std::string behind;
  if (!query.after.empty()) {
    auto parsed = parse_place(query);
    if (!parsed) return propagate(parsed);
    place = std::move(*parsed);
    values.push_back(by_title ? sql::to_value(place.text) : sql::to_value(place.number));
    values.push_back(sql::to_value(place.id));
    behind = fmt::format(" WHERE (sort_key, id) {} (?, ?)", query.descending ? "<" : ">");
  }
  values.push_back(sql::to_value(query.limit + 1));
  const std::string_view way = query.descending ? " DESC" : "";
  const std::string statement =
      fmt::format("SELECT id, sort_key FROM (SELECT id, {} AS sort_key FROM product WHERE 1 = 1{}) AS t{} ORDER BY sort_key{}, id{} LIMIT ?", sort_key(query),
                  conditions, behind, way, way);
  Listed listed;
  std::string next;
  sql::Rows rows = sql::query_list(db, statement, values);
  while (rows.next()) {
    // The one too many shows that there is more.
    if (std::ssize(listed.ids) == query.limit) {
      listed.next = std::move(next);
      break;
    }
    listed.ids.push_back(ProductId{rows.integer(0)});
    next = by_title ? fmt::format("{}_{}", rows.integer(0), rows.text_view(1)) : fmt::format("{}_{}", rows.integer(0), rows.integer(1));
  }
  if (!rows.ok()) return rows.failure();
  return listed;
}

Result<std::vector<ProductTableRow>> select_rows(sql::Connection& db, const std::vector<ProductId>& ids, const std::string& lang) {
  auto cards = select_cards(db, ids, lang);
  if (!cards) return propagate(cards);
  std::vector<ProductTableRow> rows;
  std::unordered_map<int64_t, size_t> places;
  for (ProductCard& card : *cards) {
    places[card.id.value] = rows.size();
    rows.push_back({.card = std::move(card), .title_lang = {}, .stock = {}, .version = {}});
  }
  const auto row_of = [&](const sql::Rows& found) -> ProductTableRow* {
    const auto place = places.find(found.integer(0));
    return place != places.end() ? &rows[place->second] : nullptr;
  };
  auto read = sql::for_each_listed(db,
                                   "SELECT id, stock, updated_ms, digest, CASE WHEN EXISTS (SELECT 1 FROM variant v WHERE v.product_id = product.id AND "
                                   "v.stock IS NOT NULL) THEN 1 ELSE 0 END"
                                   " FROM product WHERE id IN ({})",
                                   ids, [&](const sql::Rows& found) {
                                     ProductTableRow* row = row_of(found);
                                     if (row == nullptr) return;
                                     row->stock = found.optional_integer(1);
                                     row->updated_ms = found.integer(2);
                                     row->version = found.text(3);
                                     row->variants_have_stock = found.integer(4) != 0;
                                   });
  if (!read) return propagate(read);
  // As the card chose its title.
  const std::string wanted = normalized_lang(lang), base = base_lang(wanted);
  std::unordered_map<int64_t, int> ranks;
  const auto rank_of = [&](std::string_view title_lang) {
    const std::string_view best[] = {wanted, base, "en", ""};
    return static_cast<int>(std::ranges::find(best, title_lang) - std::begin(best));
  };
  read = sql::for_each_listed(db, "SELECT product_id, lang FROM product_text WHERE product_id IN ({}) ORDER BY product_id, lang", ids,
                              [&](const sql::Rows& found) {
                                ProductTableRow* row = row_of(found);
                                if (row == nullptr) return;
                                const int rank = rank_of(found.text_view(1));
                                const auto [known, first] = ranks.try_emplace(found.integer(0), rank);
                                if (!first && rank >= known->second) return;
                                known->second = rank;
                                row->title_lang = found.text(1);
                              });
  if (!read) return propagate(read);
  return rows;
}

}  // namespace

Result<ProductTablePage> ProductTable::list(const ProductTableQuery& query) {
  if (query.limit < 1 || query.limit > kTableRowsMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_page", fmt::format("limit must be 1 to {}", kTableRowsMax));
  }
  std::string conditions;  // on products, each after AND
  if (!query.text.empty()) {
    auto matches = catalog_.text_matches(query.text, static_cast<size_t>(kTextMatchesCountedMax));
    if (!matches) return propagate(matches);
    ProductListQuery only;
    only.only = std::move(*matches);
    conditions += listed_products("id", only);
  }
  if (!query.category.empty()) {
    const auto category = catalog_.category_by_slug(query.category);
    if (!category) return propagate(category);
    const auto below = catalog_.category_descendants(*category);
    if (!below) return propagate(below);
    std::string list;
    for (const CategoryId one : *below) list += fmt::format("{}{}", list.empty() ? "" : ", ", one.value);
    conditions += fmt::format(" AND id IN (SELECT product_id FROM product_category WHERE category_id IN ({}))", list);
  }
  if (query.only_sold_out) conditions += " AND stock <= 0";
  return catalog_.pool().read([&](sql::Connection& db) -> Result<ProductTablePage> {
    const auto total = count(db, conditions);
    if (!total) return propagate(total);
    auto listed = select_ids(db, query, conditions);
    if (!listed) return propagate(listed);
    auto rows = select_rows(db, listed->ids, query.lang);
    if (!rows) return propagate(rows);
    return ProductTablePage{.rows = std::move(*rows), .total = *total, .next = std::move(listed->next)};
  });
}

Result<ProductTableRow> ProductTable::row(const std::string& external_id, const std::string& lang) {
  const auto unknown = [&] { return fail(ErrorCode::kNotFound, "unknown_product", fmt::format("there is no product '{}'", external_id.substr(0, 200))); };
  const auto ids = catalog_.product_ids({external_id});
  if (!ids) return propagate(ids);
  if (!ids->front()) return unknown();
  return catalog_.pool().read([&](sql::Connection& db) -> Result<ProductTableRow> {
    auto rows = select_rows(db, {*ids->front()}, lang);
    if (!rows) return propagate(rows);
    if (rows->empty()) return unknown();
    return std::move(rows->front());
  });
}

}  // namespace nozama
