// One product by itself, as one JSON object of docs/feeds/jsonl.md: what the API takes and what an export writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "feeds/draft.h"

namespace nozama {

// As in a feed, but strict: a name that the page does not have is kInvalidArgument "unknown_parameter" instead of an attribute, so that a
// slip of the pen is told. Other errors as in a feed; messages begin with "line N".
Result<ProductDraft> read_product_json(std::string_view text, int64_t line);

// One line without its line feed, which read_product_json() and a feed read as the same draft.
std::string draft_json(const ProductDraft& draft);

// The object with the members of `patch` instead of its own; null takes a member away (RFC 7396). kInvalidArgument "bad_json".
Result<std::string> merge_product_json(std::string_view text, std::string_view patch);

// Has the object this member?
bool has_json_member(std::string_view text, std::string_view name);

}  // namespace nozama
