// Words as full-text search compares them, the same on every database: small letters without diacritics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nozama {

// Letters and digits make words; every ideograph and kana is a word of its own, as these languages write no spaces. "Grüne STÜHLE, 3-Sitzer" →
// grune stuhle 3 sitzer. A word is cut at 64 bytes. Any bytes will do.
std::vector<std::string> search_words(std::string_view text);

}  // namespace nozama
