#include "catalog/text_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "catalog/search_words.h"

namespace nozama {

namespace {

constexpr size_t kQueryWordsMax = 12;
constexpr size_t kDistinctWordsMax = 2000;  // of one product; the first ones tell what it is
constexpr int64_t kFillProducts = 500;

// A product's distinct words, those of its titles and brand apart from the others.
class WordCollector {
 public:
  void add_title(std::string_view text) { add(text, title_); }
  void add_rest(std::string_view text) { add(text, rest_); }
  Status write(sql::Connection& db, ProductId product) const {
    auto added = sql::execute(db, "INSERT INTO product_search (product_id, title, rest) VALUES (?, ?, ?)", product, title_, rest_);
    if (!added || db.dialect() != sql::Dialect::kSqlite) return added;
    return sql::execute(db, "INSERT INTO product_words (rowid, title, rest) VALUES (?, ?, ?)", product, title_, rest_);
  }

 private:
  void add(std::string_view text, std::string& words) {
    for (std::string& word : search_words(text)) {
      if (seen_.size() >= kDistinctWordsMax || seen_.contains(word)) continue;
      if (!words.empty()) words += ' ';
      words += word;
      seen_.insert(std::move(word));
    }
  }

  std::string title_, rest_;
  std::unordered_set<std::string> seen_;
};

// What fill_search_words() reads: titles (1) before the rest (0), as write_search_words() adds them.
constexpr std::string_view kStoredTexts =
    "SELECT product_id, 1 AS is_title, title AS body FROM product_text WHERE product_id > ? AND product_id <= ?"
    " UNION ALL SELECT id, 1, brand FROM product WHERE id > ? AND id <= ?"
    " UNION ALL SELECT id, 0, external_id FROM product WHERE id > ? AND id <= ?"
    " UNION ALL SELECT product_id, 0, title FROM variant WHERE product_id > ? AND product_id <= ?"
    " UNION ALL SELECT m.product_id, 0, c.name FROM product_category m JOIN category c ON c.id = m.category_id WHERE m.product_id > ? AND m.product_id <= ?"
    " UNION ALL SELECT product_id, 0, value FROM product_attribute WHERE product_id > ? AND product_id <= ?"
    " UNION ALL SELECT v.product_id, 0, a.value FROM variant v JOIN variant_attribute a ON a.variant_id = v.id WHERE v.product_id > ? AND v.product_id <= ?"
    " UNION ALL SELECT product_id, 0, description FROM product_text WHERE product_id > ? AND product_id <= ?"
    " ORDER BY 1, 2 DESC";
constexpr size_t kStoredTextRanges = 8;

// The query's words in the database's own query language: every word, the last one as a beginning. Words hold letters and digits only.
struct TextQuery {
  std::string anywhere, in_title, elsewhere;
};

TextQuery sqlite_query(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += fmt::format("{}\"{}\"", all.empty() ? "" : " AND ", word);
  all += " *";
  return {.anywhere = all, .in_title = fmt::format("title : ({})", all), .elsewhere = fmt::format("({0}) NOT (title : ({0}))", all)};
}

TextQuery postgres_query(const std::vector<std::string>& words) {
  std::string anywhere, title;
  for (const std::string& word : words) {
    const std::string_view between = &word == &words.front() ? "" : " & ";
    const std::string_view beginning = &word == &words.back() ? ":*" : "";
    anywhere += fmt::format("{}'{}'{}", between, word, beginning);
    title += fmt::format("{}'={}'{}", between, word, beginning);
  }
  return {.anywhere = anywhere, .in_title = title, .elsewhere = fmt::format("({}) & !({})", anywhere, title)};
}

struct QueryLanguage {
  TextQuery (*query)(const std::vector<std::string>& words);
  std::string_view id, from;  // `from` takes the query
  std::string_view filtered;  // the id where the category is tested: SQLite must not look every member up in the words
  std::string_view outside;   // the id as seen from within another table's query
};
constexpr QueryLanguage kSqlite{
    .query = sqlite_query, .id = "rowid", .from = "product_words WHERE product_words MATCH ?", .filtered = "+rowid", .outside = "product_words.rowid"};
constexpr QueryLanguage kPostgres{.query = postgres_query,
                                  .id = "product_id",
                                  .from = "product_search WHERE words @@ CAST(? AS text)::tsquery",
                                  .filtered = "product_id",
                                  .outside = "product_search.product_id"};

std::vector<std::string> query_words(std::string_view text) {
  std::vector<std::string> words = search_words(text);
  if (words.size() > kQueryWordsMax) words.resize(kQueryWordsMax);
  return words;
}

// Where a page ended: products whose title has every word come first (rank 0), then the others; by id within a rank. Where those out of stock come
// last, they have ranks of their own, in the same order.
constexpr int kRanks = 2;
struct Place {
  int rank = 0;
  int64_t id = 0;
};

int ranks_of(const ProductListQuery& query) { return query.out_of_stock == OutOfStock::kLast ? 2 * kRanks : kRanks; }

std::optional<Place> parse_place(std::string_view text, int ranks) {
  Place place;
  if (text.empty()) return place;
  if (text.size() < 3 || text[0] < '0' || text[0] >= '0' + ranks || text[1] != '-') return std::nullopt;
  place.rank = text[0] - '0';
  const auto parsed = std::from_chars(text.data() + 2, text.data() + text.size(), place.id);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || place.id < 0) return std::nullopt;
  return place;
}

class TextSearch {
 public:
  TextSearch(sql::Connection& db, const ProductListQuery& query, std::optional<int64_t> category)
      : db_(db), language_(db.dialect() == sql::Dialect::kSqlite ? kSqlite : kPostgres), query_(query), category_(category) {}

  Result<ProductPage> run(const std::vector<std::string>& words, Place place) {
    const TextQuery text = language_.query(words);
    const std::string* ranks[] = {&text.in_title, &text.elsewhere};
    ProductPage page;
    if (auto counted = count(text.anywhere, page.total); !counted) return propagate(counted);
    std::vector<ProductId> ids;
    const auto wanted = static_cast<size_t>(query_.limit);
    for (; place.rank < ranks_of(query_); place = {.rank = place.rank + 1, .id = 0}) {
      if (auto added = add_ids(*ranks[place.rank % kRanks], place, wanted + 1 - ids.size(), ids); !added) return propagate(added);
      if (ids.size() > wanted) break;
    }
    if (ids.size() > wanted) {
      // The one too many shows that there is more. The page's last product may be of the rank before.
      ids.pop_back();
      page.next = fmt::format("{}-{}", last_of_rank_ < wanted ? place.rank : place.rank - 1, ids.back().value);
    }
    auto cards = select_cards(db_, ids, query_.lang);
    if (!cards) return propagate(cards);
    page.products = std::move(*cards);
    return page;
  }

  Result<std::vector<ProductId>> matches(const std::vector<std::string>& words, size_t limit) {
    const TextQuery text = language_.query(words);
    std::vector<ProductId> ids;
    for (const std::string* rank : {&text.in_title, &text.elsewhere}) {
      if (auto added = add_ids(*rank, Place{}, limit - ids.size(), ids); !added) return propagate(added);
    }
    return ids;
  }

 private:
  std::string of_stock(bool in_stock) const {
    return fmt::format(" AND {} (SELECT 1 FROM product p WHERE p.id = {} AND p.stock <= 0)", in_stock ? "NOT EXISTS" : "EXISTS", language_.outside);
  }

  std::string select(std::string_view columns, std::string_view more) const {
    constexpr std::string_view kOfCategory =
        " AND {0} IN (SELECT product_id FROM product_category WHERE category_id IN (WITH RECURSIVE below (id) AS (SELECT id FROM category WHERE id = ?"
        " UNION SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id) SELECT id FROM below))";
    return fmt::format("SELECT {} FROM {}{}{} {}", columns, language_.from, category_ ? fmt::format(kOfCategory, language_.filtered) : "",
                       listed_products(language_.filtered, query_), more);
  }

  std::vector<sql::Value> values(const std::string& text) const {
    std::vector<sql::Value> values{sql::to_value(text)};
    if (category_) values.push_back(sql::to_value(*category_));
    return values;
  }

  Status count(const std::string& text, int64_t& total) {
    auto bound = values(text);
    bound.push_back(sql::to_value(kTextMatchesCountedMax));
    const std::string stock = query_.out_of_stock == OutOfStock::kHidden ? of_stock(true) : "";
    sql::Rows rows = sql::query_list(db_, fmt::format("SELECT COUNT(*) FROM ({}) AS matches", select(language_.id, stock + " LIMIT ?")), bound);
    if (rows.next()) total = rows.integer(0);
    return rows.status();
  }

  Status add_ids(const std::string& text, Place after, size_t limit, std::vector<ProductId>& ids) {
    last_of_rank_ = ids.size();
    auto bound = values(text);
    bound.push_back(sql::to_value(after.id));
    bound.push_back(sql::to_value(limit));
    const std::string stock = query_.out_of_stock == OutOfStock::kShown ? "" : of_stock(after.rank < kRanks);
    sql::Rows rows = sql::query_list(db_, select(language_.id, fmt::format("{1} AND {0} > ? ORDER BY {0} LIMIT ?", language_.id, stock)), bound);
    while (rows.next()) ids.push_back(ProductId{rows.integer(0)});
    return rows.status();
  }

  sql::Connection& db_;
  const QueryLanguage& language_;
  const ProductListQuery& query_;
  std::optional<int64_t> category_;
  size_t last_of_rank_ = 0;  // products of the ranks before the last one asked
};

}  // namespace

Status write_search_words(sql::Connection& db, ProductId product, const ProductRecord& record) {
  WordCollector words;
  for (const LocalizedText& text : record.texts) words.add_title(text.title);
  words.add_title(record.brand);
  words.add_rest(record.external_id);
  for (const VariantRecord& variant : record.variants) words.add_rest(variant.title);
  if (!record.category_path.empty()) words.add_rest(record.category_path.back());
  for (const auto& path : record.other_category_paths) {
    if (!path.empty()) words.add_rest(path.back());
  }
  for (const Attribute& attribute : record.attributes) words.add_rest(attribute.value);
  for (const VariantRecord& variant : record.variants) {
    for (const Attribute& attribute : variant.attributes) words.add_rest(attribute.value);
  }
  for (const LocalizedText& text : record.texts) words.add_rest(text.description);
  return words.write(db, product);
}

// No triggers: SQLite allows none that write to FTS5 where the schema is not trusted.
Status remove_search_words(sql::Connection& db, ProductId product) {
  if (db.dialect() == sql::Dialect::kSqlite) {
    auto removed = sql::execute(
        db, "INSERT INTO product_words (product_words, rowid, title, rest) SELECT 'delete', product_id, title, rest FROM product_search WHERE product_id = ?",
        product);
    if (!removed) return removed;
  }
  return sql::execute(db, "DELETE FROM product_search WHERE product_id = ?", product);
}

Status fill_search_words(sql::Connection& db) {
  auto last = sql::query_integer(db, "SELECT COALESCE(MAX(id), 0) FROM product");
  if (!last) return propagate(last);
  for (int64_t from = 0; from < last->value_or(0); from += kFillProducts) {
    std::vector<sql::Value> range;
    for (size_t i = 0; i < kStoredTextRanges; ++i) {
      range.push_back(sql::to_value(from));
      range.push_back(sql::to_value(from + kFillProducts));
    }
    std::vector<std::pair<int64_t, WordCollector>> products;
    {
      sql::Rows rows = sql::query_list(db, kStoredTexts, range);
      while (rows.next()) {
        if (products.empty() || products.back().first != rows.integer(0)) products.emplace_back(rows.integer(0), WordCollector{});
        if (rows.integer(1) == 1) {
          products.back().second.add_title(rows.text_view(2));
        } else {
          products.back().second.add_rest(rows.text_view(2));
        }
      }
      if (!rows.ok()) return rows.status();
    }
    for (const auto& [product, words] : products) {
      if (auto written = words.write(db, ProductId{product}); !written) return written;
    }
  }
  return {};
}

Result<ProductPage> Catalog::search_text(const ProductListQuery& query) {
  if (auto valid = validate_page(query); !valid) return propagate(valid);
  const std::vector<std::string> words = query_words(query.text);
  const auto place = parse_place(query.after, ranks_of(query));
  if (!place) return fail(ErrorCode::kInvalidArgument, "bad_page", "after is not the `next` of a page of this search");
  if (words.empty()) return ProductPage{};
  return pool_->read([&](sql::Connection& db) -> Result<ProductPage> {
    auto category = find_category(db, query.category);
    if (!category) return propagate(category);
    return TextSearch(db, query, *category).run(words, *place);
  });
}

Result<std::vector<ProductId>> Catalog::text_matches(const std::string& text, size_t limit) {
  const std::vector<std::string> words = query_words(text);
  if (words.empty()) return std::vector<ProductId>{};
  return pool_->read([&](sql::Connection& db) { return TextSearch(db, {}, std::nullopt).matches(words, limit); });
}

}  // namespace nozama
