// Named texts → a ProductDraft: the one place that knows our field names, whatever the feed's syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "feeds/draft.h"
#include "feeds/seen_ids.h"

namespace nozama {

enum class RowKind {
  kWhole,      // a product, or one variant of it with what the product has
  kParent,     // a product whose variants are rows of their own
  kVariation,  // a variant of a parent's
  kPictures,   // where its product has begun, only its pictures count
};

// One row: a product, or one variant of it. An empty text counts as absent. `fields` are found by name; what a syntax
// says without a name of ours comes ready in the other members.
struct FieldRow {
  int64_t line = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<DraftPicture> pictures;              // after those of the fields `picture` and `pictures`
  std::vector<DraftAttribute> attributes;          // of the product; read from its first row
  std::vector<DraftAttribute> variant_attributes;  // of this variant
  std::string variant_title;
  std::vector<std::vector<std::string>> category_paths;  // of the product, beside the field `category`; the first is the main one
  std::vector<DraftRelation> relations;                  // of the product
  RowKind kind = RowKind::kWhole;
  bool scattered = false;  // other rows of its product may stand anywhere

  std::string_view get(std::string_view name) const;   // trimmed
  void set(std::string_view name, std::string value);  // instead of what it was
};

// Rows of one product, with the same id, joined into a draft: the first good row is the product and its
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

  // Adds the row to its product, which it begins when there is none yet. `product` is then the row that began it.
  Status add(const FieldRow& row, std::optional<ProductDraft>& draft, const FieldRow*& product) const;

  std::string file_;
  SeenIds seen_;
};

// "1234.50", "$1,234.50" or "12" → "1234.50"; nullopt unless it is a price of 0 or more and below 10^12. Every dialect's
// prices pass here.
std::optional<std::string> parse_price(std::string_view text);

// "Living room > Sofas" → its parts.
std::vector<std::string> parse_category_path(std::string_view text);

}  // namespace nozama
