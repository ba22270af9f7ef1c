// Python's literals, as repr() writes them: the lines of the Amazon metadata of 2014.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/error.h"

namespace nozama {

// dict, list, tuple, str (with prefixes and escapes), numbers, True, False, None, at most 32 deep; nothing is evaluated.
// Keys that are not text become it. kInvalidArgument "bad_literal" with the place in the line.
Result<boost::json::value> parse_python_literal(std::string_view text);

}  // namespace nozama
