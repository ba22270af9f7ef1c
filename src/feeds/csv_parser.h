// RFC 4180 rows in constant memory: quoted fields, doubled quotes, line breaks inside quotes, LF or CRLF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "feeds/feed_bytes.h"

namespace nozama {

struct CsvRow {
  int64_t line = 0;  // of its first character, from 1
  std::vector<std::string> fields;
};

class CsvParser {
 public:
  static constexpr size_t kFieldBytesMax = size_t{1} << 20;
  static constexpr size_t kRowBytesMax = size_t{10} << 20;

  CsvParser(FeedBytes& bytes, char separator) : bytes_(bytes), separator_(separator) {}

  enum class Outcome { kRow, kBadRow, kEnd };
  // kBadRow: error() says what is wrong; the next call goes on after the row, or after its first line where the
  // trouble is a quote: then the lines it swallowed are read again as rows. Blank lines are skipped.
  Outcome next(CsvRow& row);
  const Error& error() const { return error_; }
  // Goes back to before the row that next() read last.
  void unread() { bytes_.go_back(first_offset_, first_line_); }

 private:
  Outcome parse(CsvRow& row);
  Outcome bad(const CsvRow& row, std::string_view reason, std::string message);
  void skip_row(int last);

  FeedBytes& bytes_;
  char separator_;
  int64_t first_line_ = 1, first_offset_ = 0;  // of the present row
  int64_t next_line_at_ = -1;                  // offset of the second line of the present row; -1 = it has one
  Error error_;
};

// Is the text valid UTF-8 (RFC 3629: no overlong forms, no surrogates)?
bool is_utf8(std::string_view text);

// Without spaces, tabs and line breaks at either end.
std::string_view trim(std::string_view text);

}  // namespace nozama
