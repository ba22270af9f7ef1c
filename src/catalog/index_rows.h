// What the index and training read of the catalogue, row by row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "catalog/looks.h"

namespace nozama {

// One picture of one product, as the index wants it. The views last for the callback only.
struct IndexRow {
  ProductId product;
  PictureId picture;
  VariantId variant;    // {0} = the product as a whole
  CategoryId category;  // primary; {0} = none
  std::span<const std::byte> embedding;
  std::optional<int64_t> price_minor;
  std::string_view currency;
  std::optional<int64_t> stock;
  std::optional<double> rating;
  std::string_view brand;
  std::vector<ColourRecord> colours;  // of this picture; empty = none known
  ContentId duplicate_group;          // equal for near-identical pictures, of whatever product
};

// One attribute of a product or of one of its variants. The views last for the callback only.
struct AttributeRow {
  ProductId product;
  VariantId variant;  // {0} = the product as a whole
  std::string_view name;
  std::string_view value;
};

// A category that a product is in, or an attribute of it or of one of its variants. The views last for the callback only.
struct KeywordRow {
  ProductId product;
  bool is_category = false;
  std::string_view name;   // of the attribute
  std::string_view value;  // of the attribute; the category's slug
};

}  // namespace nozama
