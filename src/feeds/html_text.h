// HTML as shops write it into descriptions → the text that a reader sees.
#pragma once

#include <string>
#include <string_view>

namespace nozama {

// Tags go, paragraphs, list items and line breaks become lines, entities their characters, scripts and styles nothing.
// Text without tags and entities stays as it is, also "a < b & c".
std::string html_to_text(std::string_view text);

}  // namespace nozama
