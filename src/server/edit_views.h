// Products for those who change them, and what became of changed ones, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "catalog/product_table.h"
#include "engine/product_edits.h"

namespace nozama {

// Of one product that was stored.
std::string product_edit_json(const ProductEdit& edit);
// Of one line of a batch; without a line feed.
std::string batch_line_json(int64_t line, const ProductEdit& edit);
std::string picture_edit_json(const std::string& product_id, const PictureEdit& edit);
std::string product_table_json(const ProductTablePage& page);
// With `product`, the stored product as JSON of docs/feeds/jsonl.md.
std::string editable_product_json(const ProductTableRow& row, const ProductRecord& record, std::string_view product);

}  // namespace nozama
