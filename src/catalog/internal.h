// What the catalogue's own sources share: steps of a transaction that is already open.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/sql.h"

namespace nozama {

// Several changes of one transaction take consecutive numbers; the counter's row serialises committers.
Status append_changes(sql::Connection& db, ChangeKind kind, const std::vector<int64_t>& ids);

// Finds or makes categories; one per transaction (it remembers ids).
class CategoryMaker {
 public:
  explicit CategoryMaker(sql::Connection& db) : db_(db) {}
  Result<CategoryId> ensure(const std::vector<std::string>& path);

 private:
  Result<CategoryId> find_or_insert(CategoryId parent, const std::vector<std::string>& path);
  Result<std::string> free_slug(const std::vector<std::string>& path);

  sql::Connection& db_;
  std::unordered_map<std::string, CategoryId> known_;
};

// Checks a category path's names; the message says what is wrong.
Status validate_category_path(const std::vector<std::string>& path);

// The text form of dominant colours in the database. What is not of that form is left out.
std::string colours_to_text(const std::vector<ColourRecord>& colours);
std::vector<ColourRecord> colours_from_text(std::string_view text);

// Stores a look where the content has none; true = it had none.
Result<bool> store_look(sql::Connection& db, ContentId content, const PictureLook& look);

// Instead of those that the product had.
Status write_relations(sql::Connection& db, ProductId product, const std::vector<RelationRecord>& relations);

// Those of the product's pictures that no other product names; to be called while it still has its pictures.
Status remove_source_versions(sql::Connection& db, ProductId product);

// "" = none chosen yet.
Result<std::string> serving_encoder(sql::Connection& db);

// Stores embeddings and looks of contents that exist; adds the products that gained one that the index wants to `gained`.
Status store_embeddings(sql::Connection& db, const std::string& encoder_id, const std::vector<EmbeddingRecord>& embeddings,
                        std::unordered_set<int64_t>& gained);

// See Catalog::report_job().
Status store_progress(sql::Connection& db, const JobProgress& progress);

Result<std::vector<ProductCard>> select_cards(sql::Connection& db, const std::vector<ProductId>& ids, const std::string& lang);

// The query's `only` and `exclude` as SQL: conditions on a column with products' ids, each after AND.
std::string listed_products(std::string_view column, const ProductListQuery& query);

// kInvalidArgument "bad_page" for a limit or offset out of bounds.
Status validate_page(const ProductListQuery& query);
// nullopt for ""; kNotFound "unknown_category".
Result<std::optional<int64_t>> find_category(sql::Connection& db, const std::string& slug);

// Languages in the order of preference: as asked, its base, English, the unnamed one; lower case, '-' between parts.
std::string normalized_lang(std::string_view lang);
std::string base_lang(std::string_view lang);

// An SQL expression that ranks the column: 0 best. Takes two values, the language and its base.
inline constexpr std::string_view kLangRank = "CASE lang WHEN ? THEN 0 WHEN ? THEN 1 WHEN 'en' THEN 2 WHEN '' THEN 3 ELSE 4 END";

}  // namespace nozama
