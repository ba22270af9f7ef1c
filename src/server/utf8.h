// UTF-8 (RFC 3629) of outsiders.
#pragma once

#include <string>
#include <string_view>

namespace nozama {

bool is_valid_utf8(std::string_view text);

// With U+FFFD in place of each broken byte.
std::string mended_utf8(std::string_view text);

}  // namespace nozama
