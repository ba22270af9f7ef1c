// What became of changed products, as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "engine/product_edits.h"

namespace nozama {

// Of one product that was stored.
std::string product_edit_json(const ProductEdit& edit);
// Of one line of a batch; without a line feed.
std::string batch_line_json(int64_t line, const ProductEdit& edit);
std::string picture_edit_json(const std::string& product_id, const PictureEdit& edit);

}  // namespace nozama
