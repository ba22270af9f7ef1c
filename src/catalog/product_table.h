// Products as the shop's people see them: a row each, with what an editor needs to change it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

class Catalog;

enum class TableSort { kCreated, kUpdated, kTitle, kPrice, kStock };

inline constexpr int kTableRowsMax = 100;

struct ProductTableQuery {
  std::string text = {};       // words, as of Catalog::search_text(); of more than kTextMatchesCountedMax products the first; "" = all
  std::string category = {};   // slug, its descendants included; "" = all
  bool only_sold_out = false;  // stock 0
  TableSort sort = TableSort::kCreated;
  bool descending = true;  // unknown prices and stocks come last in either direction
  std::string after = {};  // ProductTablePage::next of the page before; "" = from the start
  int limit = 50;          // 1 to kTableRowsMax
  std::string lang = "en";
};

struct ProductTableRow {
  ProductCard card;
  std::string title_lang;  // the language of the card's title, as it is stored; "" = the feed did not say
  std::optional<int64_t> stock;
  bool variants_have_stock = false;  // then `stock` is their sum and is not set by itself
  int64_t updated_ms = 0;
  std::string version;  // StoredProduct::digest
};

struct ProductTablePage {
  std::vector<ProductTableRow> rows;
  int64_t total = 0;
  std::string next;  // "" = this was the last
};

// Thread-safe, beside the catalogue's own calls and in its database; errors as Catalog's.
class ProductTable {
 public:
  explicit ProductTable(Catalog& catalog) : catalog_(catalog) {}

  // What comes or goes meanwhile moves no other row over a page's edge. kInvalidArgument "bad_page", kNotFound "unknown_category".
  Result<ProductTablePage> list(const ProductTableQuery& query);
  Result<ProductTableRow> row(const std::string& external_id, const std::string& lang);  // kNotFound "unknown_product"

 private:
  Catalog& catalog_;
};

}  // namespace nozama
