// Text of outsiders made safe for the places of a page where it goes.
#pragma once

#include <string>
#include <string_view>

namespace nozama {

// One line of text for people: broken UTF-8 as U+FFFD, control characters and runs of white space as one space, and
// without the characters that turn the direction of what follows them (U+202A–U+202E, U+2066–U+2069).
std::string plain_text(std::string_view text);

// plain_text() for an element's content or a quoted attribute.
std::string html_escaped(std::string_view text);

// JSON for a <script> element: nothing in it can end the element or open a comment.
std::string json_for_script(std::string_view json);

// One segment of a path, percent-encoded as encodeURIComponent() does.
std::string path_segment(std::string_view text);

// At most so many bytes of plain text, cut between words where there are any, with "…" when something is missing.
std::string shortened(std::string_view plain, size_t bytes_max);

}  // namespace nozama
