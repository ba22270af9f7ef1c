#include "feeds/line_feed.h"

#include "feeds/csv_parser.h"

namespace nozama {

bool LineFeed::read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) {
  std::string buffer;
  const int64_t line = bytes().line();
  if (!bytes().read_line(buffer, kLineBytesMax + 1)) return false;
  if (bytes().damage() && bytes().line() == line) return false;  // a line cut short may look whole
  const std::string_view text = trim(buffer);
  if (text.size() > kLineBytesMax) {
    errors.push_back(builder_.row_error(line, "row_too_long", "the line is longer than 10 MiB"));
  } else if (!is_utf8(text)) {
    errors.push_back(builder_.row_error(line, "not_utf8", "the line is not UTF-8 text; save the file as UTF-8"));
  } else if (!text.empty()) {
    read_text(text, line, rows, errors);
  }
  return true;
}

}  // namespace nozama
