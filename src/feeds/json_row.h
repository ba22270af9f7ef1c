// One JSON object of our JSONL → the rows that our CSV would have. Internal to the module.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "feeds/draft_builder.h"

namespace nozama {

// kInvalidArgument "bad_json".
Result<boost::json::object> parse_json_object(std::string_view text);

// Text as it is, a number as it is usually written, null as nothing, anything else as JSON.
std::string text_of(const boost::json::value& value);

// A row for each of its variants, or one. kInvalidArgument "bad_pictures" or "bad_variants" (with what was expected, without
// file and line) when these have another shape than docs/feeds/jsonl.md says.
Result<std::vector<FieldRow>> rows_of(const boost::json::object& product, int64_t line);

}  // namespace nozama
