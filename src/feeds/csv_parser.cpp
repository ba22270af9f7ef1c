#include "feeds/csv_parser.h"

#include <fmt/format.h>

namespace nozama {

int CsvParser::get() {
  const int c = file_.get();
  if (c == std::ifstream::traits_type::eof()) return -1;
  ++position_;
  if (c == '\n') ++line_;
  return c;
}

int CsvParser::peek() {
  const int c = file_.peek();
  return c == std::ifstream::traits_type::eof() ? -1 : c;
}

CsvParser::Outcome CsvParser::bad(const CsvRow& row, std::string_view reason, std::string message) {
  error_ = Error{ErrorCode::kInvalidArgument, std::string(reason), fmt::format("line {}: {}", row.line, message)};
  return Outcome::kBadRow;
}

// `last` is the character read last. Lines that the row took in by a stray quote are given back.
void CsvParser::skip_row(int last) {
  if (next_line_at_ >= 0) {
    file_.clear();
    file_.seekg(next_line_at_);
    position_ = next_line_at_;
    line_ = first_line_ + 1;
    return;
  }
  for (int c = last; c >= 0 && c != '\n'; c = get()) {
  }
}

CsvParser::Outcome CsvParser::next(CsvRow& row) {
  while (true) {
    if (position_ == 0 && peek() == 0xEF) {  // byte order mark
      get();
      if (peek() == 0xBB) get();
      if (peek() == 0xBF) get();
    }
    if (peek() < 0) return Outcome::kEnd;
    if (peek() == '\n') {
      get();
    } else if (peek() == '\r') {
      get();
      if (peek() == '\n') get();
    } else {
      return parse(row);
    }
  }
}

CsvParser::Outcome CsvParser::parse(CsvRow& row) {
  row.line = first_line_ = line_;
  next_line_at_ = -1;
  row.fields.assign(1, "");
  size_t row_bytes = 0;
  bool quoted = false, closed = false;
  while (true) {
    const int c = get();
    std::string& field = row.fields.back();
    if (quoted && c == '\n' && next_line_at_ < 0) next_line_at_ = position_;
    if (++row_bytes > kRowBytesMax || field.size() > kFieldBytesMax) {
      skip_row(c);
      return bad(row, "row_too_long", "a field of over 1 MiB or a row of over 10 MiB; is a quote missing?");
    }
    if (c < 0) {
      if (!quoted) return Outcome::kRow;
      skip_row(c);
      return bad(row, "unclosed_quote", "a quoted field is not closed before the end of the file");
    }
    if (quoted) {
      if (c != '"') {
        field += static_cast<char>(c);
      } else if (peek() == '"') {
        get();
        field += '"';
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == separator_) {
      row.fields.emplace_back();
      closed = false;
    } else if (c == '\n' || (c == '\r' && (peek() == '\n' || peek() < 0))) {
      if (c == '\r') get();
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
