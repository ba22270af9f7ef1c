// Named texts → a ProductDraft: the one place that knows our field names, whatever the feed's syntax.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "feeds/draft.h"

namespace nozama {

// One row: a product, or one variant of it. An empty text counts as absent.
struct FieldRow {
  int64_t line = 0;
  std::vector<std::pair<std::string, std::string>> fields;

  std::string_view get(std::string_view name) const;
};

// Rows of one product, adjacent and with the same id, joined into a draft. Bad rows are left out and reported.
class DraftBuilder {
 public:
  explicit DraftBuilder(std::string file) : file_(std::move(file)) {}

  // nullopt when no row was good.
  std::optional<ProductDraft> build(const std::vector<FieldRow>& rows, std::vector<RowError>& errors);

  RowError row_error(int64_t line, std::string_view reason, std::string_view message) const;

 private:
  Status read_product(const FieldRow& row, ProductDraft& draft) const;
  Status read_variant(const FieldRow& row, ProductDraft& draft) const;
  Status bad_value(const FieldRow& row, std::string_view field, std::string_view reason, std::string_view expected) const;

  std::string file_;
  std::unordered_map<uint64_t, int64_t> line_of_id_;  // hash of the id → where it first stood
};

// "1234.50", "$1,234.50" or "12" → "1234.50"; nullopt unless it is a price of 0 or more.
std::optional<std::string> parse_price(std::string_view text);

// "Living room > Sofas" → its parts.
std::vector<std::string> parse_category_path(std::string_view text);

}  // namespace nozama
