// JSON as our answers have it.
#pragma once

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace nozama {

// With U+FFFD in place of bytes that are not UTF-8.
boost::json::string json_text(std::string_view value);

// As json::serialize, but with numbers as people write them: 12.5, not 1.25E1.
std::string json_serialized(const boost::json::value& value);

}  // namespace nozama
