// RFC 4180 rows from a file, in constant memory: quoted fields, doubled quotes, line breaks inside quotes, LF or CRLF, a byte order mark.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

struct CsvRow {
  int64_t line = 0;  // of its first character, from 1
  std::vector<std::string> fields;
};

class CsvParser {
 public:
  static constexpr size_t kFieldBytesMax = size_t{1} << 20;
  static constexpr size_t kRowBytesMax = size_t{10} << 20;

  CsvParser(std::ifstream file, char separator) : file_(std::move(file)), separator_(separator) {}

  enum class Outcome { kRow, kBadRow, kEnd };
  // kBadRow: error() says what is wrong; the next call goes on after the row, or after its first line where the
  // trouble is a quote: then the lines it swallowed are read again as rows. Blank lines are skipped.
  Outcome next(CsvRow& row);
  const Error& error() const { return error_; }

  int64_t position() const { return position_; }
  bool failed() const { return file_.bad(); }  // the file could not be read to its end

 private:
  int get();
  int peek();
  Outcome parse(CsvRow& row);
  Outcome bad(const CsvRow& row, std::string_view reason, std::string message);
  void skip_row(int last);

  std::ifstream file_;
  char separator_;
  int64_t position_ = 0;
  int64_t line_ = 1;
  int64_t first_line_ = 1;     // of the present row
  int64_t next_line_at_ = -1;  // where the second line of the present row begins; -1 = it has one
  Error error_;
};

// Is the text valid UTF-8 (RFC 3629: no overlong forms, no surrogates)?
bool is_utf8(std::string_view text);

// Without spaces, tabs and line breaks at either end.
std::string_view trim(std::string_view text);

}  // namespace nozama
