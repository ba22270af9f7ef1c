// Named texts → a ProductDraft: the one place that knows our field names, whatever the feed's syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "feeds/draft.h"

namespace nozama {

// One row: a product, or one variant of it. An empty text counts as absent. `fields` are found by name; what a syntax
// says without a name of ours comes ready in the other members.
struct FieldRow {
  int64_t line = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<DraftPicture> pictures;              // after those of the fields `picture` and `pictures`
  std::vector<DraftAttribute> attributes;          // of the product; read from its first row
  std::vector<DraftAttribute> variant_attributes;  // of this variant
  std::string variant_title;

  std::string_view get(std::string_view name) const;  // trimmed
};

// Rows of one product, adjacent and with the same id, joined into a draft: the first good row is the product and its
// default variant. What a later row says differently belongs to its variant. Bad rows are left out and reported.
class DraftBuilder {
 public:
  explicit DraftBuilder(std::string file) : file_(std::move(file)) {}

  // nullopt when no row was good.
  std::optional<ProductDraft> build(const std::vector<FieldRow>& rows, std::vector<RowError>& errors);

  RowError row_error(int64_t line, std::string_view reason, std::string_view message) const;

 private:
  Status read_product(const FieldRow& row, ProductDraft& draft) const;
  Status read_price(const FieldRow& row, ProductDraft& draft, std::optional<std::string>& price) const;
  // `product` is the row that read_product() read; it may be the same.
  Status read_variant(const FieldRow& row, const FieldRow& product, ProductDraft& draft) const;
  Status bad_value(const FieldRow& row, std::string_view field, std::string_view reason, std::string_view expected) const;

  std::string file_;
  std::unordered_map<uint64_t, int64_t> line_of_id_;  // hash of the id → where it first stood
};

// "1234.50", "$1,234.50" or "12" → "1234.50"; nullopt unless it is a price of 0 or more and below 10^12. Every dialect's
// prices pass here.
std::optional<std::string> parse_price(std::string_view text);

// "Living room > Sofas" → its parts.
std::vector<std::string> parse_category_path(std::string_view text);

}  // namespace nozama
