#include "feeds/csv_parser.h"

#include <fmt/format.h>

namespace nozama {

CsvParser::Outcome CsvParser::bad(const CsvRow& row, std::string_view reason, std::string message) {
  error_ = Error{ErrorCode::kInvalidArgument, std::string(reason), fmt::format("line {}: {}", row.line, message)};
  return Outcome::kBadRow;
}

// `last` is the character read last. Lines that the row took in by a stray quote are given back.
void CsvParser::skip_row(int last) {
  if (next_line_at_ >= 0) {
    bytes_.go_back(next_line_at_, first_line_ + 1);
    return;
  }
  for (int c = last; c >= 0 && c != '\n'; c = bytes_.get()) bytes_.mark();  // nothing to go back to: keep no more than a byte
}

CsvParser::Outcome CsvParser::next(CsvRow& row) {
  for (int c = bytes_.peek(); c == '\n' || c == '\r'; c = bytes_.peek()) bytes_.get();
  return bytes_.peek() < 0 ? Outcome::kEnd : parse(row);
}

CsvParser::Outcome CsvParser::parse(CsvRow& row) {
  bytes_.mark();
  first_offset_ = bytes_.offset();
  row.line = first_line_ = bytes_.line();
  next_line_at_ = -1;
  row.fields.assign(1, "");
  size_t row_bytes = 0;
  bool quoted = false, closed = false;
  while (true) {
    const int c = bytes_.get();
    std::string& field = row.fields.back();
    if (quoted && c == '\n' && next_line_at_ < 0) next_line_at_ = bytes_.offset();
    if (++row_bytes > kRowBytesMax || field.size() > kFieldBytesMax) {
      skip_row(c);
      return bad(row, "row_too_long", "a field of over 1 MiB or a row of over 10 MiB; is a quote missing?");
    }
    if (c < 0) {
      if (!quoted) return bytes_.damage() ? Outcome::kEnd : Outcome::kRow;  // a row cut short may look whole
      skip_row(c);
      return bad(row, "unclosed_quote", "a quoted field is not closed before the end of the file");
    }
    if (quoted) {
      if (c != '"') {
        field += static_cast<char>(c);
      } else if (bytes_.peek() == '"') {
        bytes_.get();
        field += '"';
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == separator_) {
      row.fields.emplace_back();
      closed = false;
    } else if (c == '\n' || (c == '\r' && (bytes_.peek() == '\n' || bytes_.peek() < 0))) {
      if (c == '\r') bytes_.get();
      return Outcome::kRow;
    } else if (c == '"' && field.empty() && !closed) {
      quoted = true;
    } else if (closed) {
      skip_row(c);
      return bad(row, "bad_quoting", "there is text after a closing quote; quotes inside a quoted field are doubled");
    } else {
      field += static_cast<char>(c);
    }
  }
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    size_t length = 0;
    uint32_t code = 0;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
      code = lead & 0x1F;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      code = lead & 0x0F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      code = lead & 0x07;
    } else {
      return false;
    }
    if (text.size() - i < length) return false;
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3F);
    }
    constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    i += length;
  }
  return true;
}

}  // namespace nozama
