#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <unordered_map>

#include "base/number.h"
#include "catalog/internal.h"
#include "catalog/sql_lists.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

constexpr int kPageMax = 1000;
constexpr size_t kCardsPerQuery = 1024;

// Each best-language choice takes the language and its base; `category` names fall back to the feed's own.
std::string card_statement(size_t ids) {
  return fmt::format(
      "SELECT p.id, p.external_id, COALESCE((SELECT title FROM product_text WHERE product_id = p.id ORDER BY {0}, lang LIMIT 1), ''),"
      " p.price_minor, p.currency, p.brand, COALESCE(c.slug, ''),"
      " COALESCE((SELECT t.name FROM category_text t WHERE t.category_id = c.id AND t.lang = ?),"
      "  (SELECT t.name FROM category_text t WHERE t.category_id = c.id AND t.lang = ?), c.name, ''),"
      " p.rating, p.rating_count, p.stock,"
      " COALESCE(o.hash, ''), p.url, COALESCE(l.colours, '')"
      " FROM product p LEFT JOIN category c ON c.id = p.category_id"
      " LEFT JOIN content o ON o.id = (SELECT k.content_id FROM picture k WHERE k.product_id = p.id ORDER BY k.position LIMIT 1)"
      " LEFT JOIN content_look l ON l.content_id = o.id WHERE p.id IN ({1})",
      kLangRank, sql::placeholders(ids));
}

ProductCard read_card(const sql::Rows& rows) {
  ProductCard card;
  card.id = ProductId{rows.integer(0)};
  card.external_id = rows.text(1);
  card.title = rows.text(2);
  card.price_minor = rows.optional_integer(3);
  card.currency = rows.text(4);
  card.brand = rows.text(5);
  card.category_slug = rows.text(6);
  card.category_name = rows.text(7);
  card.rating = rows.optional_real(8);
  card.rating_count = rows.integer(9);
  card.in_stock = rows.optional_integer(10).value_or(1) > 0;
  card.picture_hash = rows.text(11);
  card.url = rows.text(12);
  card.colours = colours_from_text(rows.text_view(13));
  return card;
}

template <class Row>
Result<std::vector<Row>> read_all(sql::Rows rows, Row (*read)(const sql::Rows&)) {
  std::vector<Row> all;
  while (rows.next()) all.push_back(read(rows));
  if (!rows.ok()) return rows.failure();
  return all;
}

Attribute read_attribute(const sql::Rows& rows) { return {.name = rows.text(0), .value = rows.text(1)}; }

PictureDetails read_picture(const sql::Rows& rows) {
  return {.id = PictureId{rows.integer(0)},
          .content_hash = rows.text(1),
          .width = static_cast<int>(rows.integer(2)),
          .height = static_cast<int>(rows.integer(3)),
          .variant_key = rows.text(4),
          .source_ref = rows.text(5)};
}

CategoryRef read_category(const sql::Rows& rows) { return {.slug = rows.text(0), .name = rows.text(1)}; }

Result<std::vector<CategoryRef>> select_breadcrumbs(sql::Connection& db, ProductId product, const std::string& lang) {
  return read_all(sql::query(db,
                             "WITH RECURSIVE up (id, height) AS (SELECT category_id, 0 FROM product WHERE id = ? AND category_id IS NOT NULL"
                             " UNION SELECT c.parent_id, u.height + 1 FROM category c JOIN up u ON c.id = u.id"
                             "  WHERE c.parent_id IS NOT NULL AND u.height < 16)"
                             " SELECT c.slug, COALESCE((SELECT t.name FROM category_text t WHERE t.category_id = c.id AND t.lang = ?),"
                             "  (SELECT t.name FROM category_text t WHERE t.category_id = c.id AND t.lang = ?), c.name)"
                             " FROM up u JOIN category c ON c.id = u.id ORDER BY u.height DESC",
                             product, lang, base_lang(lang)),
                  read_category);
}

// Variants with their attributes, in one query: an attribute's row repeats its variant.
Result<std::vector<VariantDetails>> select_variants(sql::Connection& db, ProductId product) {
  std::vector<VariantDetails> variants;
  sql::Rows rows = sql::query(db,
                              "SELECT v.id, v.key, v.title, COALESCE(v.price_minor, p.price_minor), COALESCE(v.stock, 1), a.name, a.value"
                              " FROM variant v JOIN product p ON p.id = v.product_id LEFT JOIN variant_attribute a ON a.variant_id = v.id"
                              " WHERE v.product_id = ? ORDER BY v.position, a.position",
                              product);
  while (rows.next()) {
    const VariantId id{rows.integer(0)};
    if (variants.empty() || variants.back().id != id) {
      variants.push_back(
          {.id = id, .key = rows.text(1), .title = rows.text(2), .price_minor = rows.optional_integer(3), .in_stock = rows.integer(4) > 0, .attributes = {}});
    }
    if (!rows.is_null(5)) variants.back().attributes.push_back({.name = rows.text(5), .value = rows.text(6)});
  }
  if (!rows.ok()) return rows.failure();
  return variants;
}

Status select_own_fields(sql::Connection& db, const std::string& lang, ProductDetails& product) {
  sql::Rows rows = sql::query(db,
                              fmt::format("SELECT stock, COALESCE((SELECT description FROM product_text WHERE product_id = product.id AND description <> ''"
                                          " ORDER BY {}, lang LIMIT 1), '') FROM product WHERE id = ?",
                                          kLangRank),
                              lang, base_lang(lang), product.card.id);
  if (rows.next()) {
    product.stock = rows.optional_integer(0);
    product.description = rows.text(1);
  }
  return rows.status();
}

Result<ProductDetails> select_details(sql::Connection& db, ProductCard card, const std::string& lang) {
  ProductDetails product;
  product.card = std::move(card);
  const ProductId id = product.card.id;
  if (auto read = select_own_fields(db, lang, product); !read) return propagate(read);
  auto breadcrumbs = select_breadcrumbs(db, id, lang);
  if (!breadcrumbs) return propagate(breadcrumbs);
  product.breadcrumbs = std::move(*breadcrumbs);
  auto variants = select_variants(db, id);
  if (!variants) return propagate(variants);
  product.variants = std::move(*variants);
  auto pictures = read_all(sql::query(db,
                                      "SELECT k.id, c.hash, c.width, c.height, COALESCE(v.key, ''), k.source_ref FROM picture k"
                                      " JOIN content c ON c.id = k.content_id LEFT JOIN variant v ON v.id = k.variant_id"
                                      " WHERE k.product_id = ? ORDER BY k.position",
                                      id),
                           read_picture);
  if (!pictures) return propagate(pictures);
  product.pictures = std::move(*pictures);
  auto attributes = read_all(sql::query(db, "SELECT name, value FROM product_attribute WHERE product_id = ? ORDER BY position", id), read_attribute);
  if (!attributes) return propagate(attributes);
  product.attributes = std::move(*attributes);
  return product;
}

// What products are ordered by, ascending, before their id. No value comes last.
struct SortKey {
  std::string_view expression;
  bool real = false;
};

std::span<const SortKey> sort_keys(const ProductListQuery& query) {
  static constexpr SortKey kPrice[] = {{"COALESCE(price_minor, 9223372036854775807)"}};
  static constexpr SortKey kPriceDown[] = {{"COALESCE(-price_minor, 9223372036854775807)"}};
  static constexpr SortKey kRatingDown[] = {{"COALESCE(-rating, 1.0)", true}, {"-rating_count"}};
  static constexpr SortKey kOutOfStockLast[] = {{"CASE WHEN stock <= 0 THEN 1 ELSE 0 END"}};
  switch (query.sort) {
    case ProductSort::kPriceAscending: return kPrice;
    case ProductSort::kPriceDescending: return kPriceDown;
    case ProductSort::kRating: return kRatingDown;
    case ProductSort::kDefault: break;
  }
  return query.out_of_stock == OutOfStock::kLast ? kOutOfStockLast : std::span<const SortKey>{};
}

// The keys' values and the id of a page's last product, '_' between them; what follows comes after it, also when products before it have gone.
Result<std::vector<sql::Value>> parse_after(std::string_view after, std::span<const SortKey> keys) {
  const auto bad = [] { return fail(ErrorCode::kInvalidArgument, "bad_page", "after is not the `next` of a page of this list"); };
  std::vector<sql::Value> values;
  for (size_t i = 0; i <= keys.size(); ++i) {
    const std::string_view one = after.substr(0, after.find('_'));
    const bool last = i == keys.size();
    if (last != (one.size() == after.size())) return bad();
    const auto real = parse_number<double>(one);
    const auto integer = parse_number<int64_t>(one);
    if (!last && keys[i].real ? !real : !integer) return bad();
    values.push_back(!last && keys[i].real ? sql::Value(*real) : sql::Value(*integer));
    after.remove_prefix(std::min(after.size(), one.size() + 1));
  }
  return values;
}

constexpr std::string_view kBelowCategory =
    "WITH RECURSIVE below (id) AS (SELECT id FROM category WHERE id = ?"
    " UNION SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id) ";
constexpr std::string_view kInBelow = "id IN (SELECT product_id FROM product_category WHERE category_id IN (SELECT id FROM below))";

// Takes the category's id, where there is one.
std::string select_listed(std::string_view what, const ProductListQuery& query, std::optional<int64_t> category) {
  return fmt::format("{}SELECT {} FROM product WHERE {}{}{}", category ? kBelowCategory : "", what, category ? kInBelow : "1 = 1", listed_products("id", query),
                     query.out_of_stock == OutOfStock::kHidden ? " AND (stock IS NULL OR stock > 0)" : "");
}

struct ListedIds {
  std::vector<ProductId> ids;
  std::string next;
};

Result<ListedIds> select_ids(sql::Connection& db, const ProductListQuery& query, std::optional<int64_t> category) {
  const auto keys = sort_keys(query);
  std::string order;
  for (const SortKey& key : keys) order += fmt::format("{}, ", key.expression);
  order += "id";
  std::vector<sql::Value> values;
  if (category) values.push_back(sql::to_value(*category));
  std::string after_page;
  if (!query.after.empty()) {
    const auto after = parse_after(query.after, keys);
    if (!after) return propagate(after);
    values.insert(values.end(), after->begin(), after->end());
    after_page = fmt::format(" AND ({}) > ({})", order, sql::placeholders(after->size()));
  }
  values.push_back(sql::to_value(query.limit + 1));
  values.push_back(sql::to_value(query.offset));
  ListedIds listed;
  std::string next;
  sql::Rows rows = sql::query_list(db, fmt::format("{}{} ORDER BY {} LIMIT ? OFFSET ?", select_listed(order, query, category), after_page, order), values);
  while (rows.next()) {
    // The one too many shows that there is more.
    if (std::ssize(listed.ids) == query.limit) {
      listed.next = std::move(next);
      break;
    }
    next.clear();
    int column = 0;
    for (const SortKey& key : keys) {
      next += key.real ? fmt::format("{}_", rows.real(column)) : fmt::format("{}_", rows.integer(column));
      ++column;
    }
    listed.ids.push_back(ProductId{rows.integer(column)});
    next += fmt::format("{}", listed.ids.back().value);
  }
  if (!rows.ok()) return rows.failure();
  return listed;
}

Result<ProductPage> select_page(sql::Connection& db, const ProductListQuery& query, std::optional<int64_t> category) {
  ProductPage page;
  std::vector<sql::Value> values;
  if (category) values.push_back(sql::to_value(*category));
  {
    sql::Rows rows = sql::query_list(db, select_listed("COUNT(*)", query, category), values);
    if (rows.next()) page.total = rows.integer(0);
    if (!rows.ok()) return rows.failure();
  }
  auto listed = select_ids(db, query, category);
  if (!listed) return propagate(listed);
  page.next = std::move(listed->next);
  auto cards = select_cards(db, listed->ids, query.lang);
  if (!cards) return propagate(cards);
  page.products = std::move(*cards);
  return page;
}

}  // namespace

std::string normalized_lang(std::string_view lang) {
  std::string normalized(lang);
  for (char& c : normalized) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return normalized;
}

std::string base_lang(std::string_view lang) { return std::string(lang.substr(0, lang.find('-'))); }

Result<std::vector<ProductCard>> select_cards(sql::Connection& db, const std::vector<ProductId>& ids, const std::string& lang) {
  const std::string wanted = normalized_lang(lang);
  const std::string base = base_lang(wanted);
  std::unordered_map<ProductId, ProductCard> found;
  for (size_t from = 0; from < ids.size(); from += kCardsPerQuery) {
    const size_t count = std::min(kCardsPerQuery, ids.size() - from);
    const size_t padded = sql::padded_count(count);
    std::vector<sql::Value> values{sql::to_value(wanted), sql::to_value(base), sql::to_value(wanted), sql::to_value(base)};
    for (size_t i = 0; i < padded; ++i) values.push_back(sql::to_value(ids[from + std::min(i, count - 1)]));
    auto cards = read_all(sql::query_list(db, card_statement(padded), values), read_card);
    if (!cards) return propagate(cards, "reading products");
    for (ProductCard& card : *cards) found.emplace(card.id, std::move(card));
  }
  std::vector<ProductCard> ordered;
  ordered.reserve(ids.size());
  for (const ProductId id : ids) {
    if (const auto card = found.find(id); card != found.end()) ordered.push_back(card->second);
  }
  return ordered;
}

Result<std::vector<ProductCard>> Catalog::cards(const std::vector<ProductId>& ids, const std::string& lang) {
  return pool_->read([&](sql::Connection& db) { return select_cards(db, ids, lang); });
}

Result<ProductDetails> Catalog::product(const std::string& external_id, const std::string& lang) {
  const auto unknown = [&] { return fail(ErrorCode::kNotFound, "unknown_product", fmt::format("there is no product '{}'", external_id)); };
  if (!is_clean_line(external_id)) return unknown();  // a server takes no such text
  return pool_->read([&](sql::Connection& db) -> Result<ProductDetails> {
    auto id = sql::query_integer(db, "SELECT id FROM product WHERE external_id = ?", external_id);
    if (!id) return propagate(id);
    if (!*id) return unknown();
    auto cards = select_cards(db, {ProductId{**id}}, lang);
    if (!cards) return propagate(cards);
    if (cards->empty()) return fail(ErrorCode::kCorrupt, "database_damaged", fmt::format("product '{}' has an entry but no row", external_id));
    return select_details(db, std::move(cards->front()), normalized_lang(lang));
  });
}

std::string listed_products(std::string_view column, const ProductListQuery& query) {
  const auto numbers = [](const std::vector<ProductId>& products) {
    std::string list;
    for (const ProductId product : products) list += fmt::format("{}{}", list.empty() ? "" : ", ", product.value);
    return list.empty() ? std::string("NULL") : list;
  };
  std::string conditions;
  if (query.only) conditions += fmt::format(" AND {} IN ({})", column, numbers(*query.only));
  if (!query.exclude.empty()) conditions += fmt::format(" AND {} NOT IN ({})", column, numbers(query.exclude));
  return conditions;
}

Status validate_page(const ProductListQuery& query) {
  if (query.limit >= 1 && query.limit <= kPageMax && query.offset >= 0) return {};
  return fail(ErrorCode::kInvalidArgument, "bad_page", fmt::format("limit must be 1 to {} and offset not negative", kPageMax));
}

Result<std::optional<int64_t>> find_category(sql::Connection& db, const std::string& slug) {
  if (slug.empty()) return std::nullopt;
  const auto unknown = [&] { return fail(ErrorCode::kNotFound, "unknown_category", fmt::format("there is no category '{}'", slug)); };
  if (!is_clean_line(slug)) return unknown();  // a server takes no such text
  auto category = sql::query_integer(db, "SELECT id FROM category WHERE slug = ?", slug);
  if (!category) return propagate(category);
  if (!*category) return unknown();
  return *category;
}

Result<ProductPage> Catalog::list(const ProductListQuery& query) {
  if (auto valid = validate_page(query); !valid) return propagate(valid);
  return pool_->read([&](sql::Connection& db) -> Result<ProductPage> {
    auto category = find_category(db, query.category);
    if (!category) return propagate(category);
    return select_page(db, query, *category);
  });
}

Result<std::vector<std::string>> Catalog::external_ids(const std::vector<ProductId>& ids) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::string>> {
    std::unordered_map<ProductId, std::string> found;
    auto read = sql::for_each_listed(db, "SELECT id, external_id FROM product WHERE id IN ({})", ids,
                                     [&](const sql::Rows& rows) { found.emplace(ProductId{rows.integer(0)}, rows.text(1)); });
    if (!read) return propagate(read);
    std::vector<std::string> names;
    for (const ProductId id : ids) {
      if (const auto name = found.find(id); name != found.end()) names.push_back(name->second);
    }
    return names;
  });
}

Result<std::vector<std::optional<ProductId>>> Catalog::product_ids(const std::vector<std::string>& external_ids) {
  return pool_->read([&](sql::Connection& db) -> Result<std::vector<std::optional<ProductId>>> {
    std::unordered_map<std::string, ProductId> found;
    auto read = sql::for_each_listed(db, "SELECT external_id, id FROM product WHERE external_id IN ({})", external_ids,
                                     [&](const sql::Rows& rows) { found.emplace(rows.text(0), ProductId{rows.integer(1)}); });
    if (!read) return propagate(read);
    std::vector<std::optional<ProductId>> ids;
    ids.reserve(external_ids.size());
    for (const std::string& external_id : external_ids) {
      const auto id = found.find(external_id);
      ids.push_back(id != found.end() ? std::optional(id->second) : std::nullopt);
    }
    return ids;
  });
}

}  // namespace nozama
