// Which language a visitor is answered in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nozama {

// The one that the header Accept-Language (or a language tag) likes best, else the first; "en" where there is none.
std::string preferred_language(const std::vector<std::string>& languages, std::string_view accept_language);

}  // namespace nozama
