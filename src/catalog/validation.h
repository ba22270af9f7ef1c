// What a record must fulfil before it is stored, and how two records are told apart.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "catalog/records.h"

namespace nozama {

inline constexpr size_t kExternalIdBytesMax = 512;

// Well-formed UTF-8 (no surrogates, no overlong forms) without NUL.
bool is_clean_text(std::string_view text);
// The same without control characters.
bool is_clean_line(std::string_view text);

// kInvalidArgument with the field's name and what is wrong.
Status validate(const ProductRecord& record);

// Equal for records that would store the same rows. Where a picture was read is not part of it: a moved
// folder changes nothing in the shop.
std::string digest(const ProductRecord& record);

}  // namespace nozama
