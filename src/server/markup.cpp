#include "server/markup.h"

#include <fmt/format.h>

#include <utility>

#include "server/utf8.h"

namespace nozama {
namespace {

// U+202A–U+202E and U+2066–U+2069 in UTF-8.
bool turns_direction(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(text[2]);
  if (text[1] == '\x80') return last >= 0xAA && last <= 0xAE;
  return text[1] == '\x81' && last >= 0xA6 && last <= 0xA9;
}

bool is_space_or_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; }

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-_.!~*'()").find(c) != std::string_view::npos;
}

}  // namespace

std::string plain_text(std::string_view text) {
  const std::string mended = mended_utf8(text);
  std::string plain;
  bool gap = false;
  for (std::string_view rest = mended; !rest.empty();) {
    if (turns_direction(rest)) {
      rest.remove_prefix(3);
      continue;
    }
    if (is_space_or_control(rest[0])) {
      gap = true;
    } else {
      if (std::exchange(gap, false) && !plain.empty()) plain += ' ';
      plain += rest[0];
    }
    rest.remove_prefix(1);
  }
  return plain;
}

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : plain_text(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string json_for_script(std::string_view json) {
  std::string safe;
  for (const char c : json) {
    // Outside of strings JSON has none of these.
    if (c == '<' || c == '>' || c == '&') {
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string path_segment(std::string_view text) {
  std::string segment;
  for (const char c : text) {
    if (is_unreserved(c)) {
      segment += c;
    } else {
      segment += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return segment;
}

std::string shortened(std::string_view plain, size_t bytes_max) {
  if (plain.size() <= bytes_max) return std::string(plain);
  constexpr std::string_view kEllipsis = "…";
  size_t end = bytes_max > kEllipsis.size() ? bytes_max - kEllipsis.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(plain[end]) & 0xC0) == 0x80) --end;
  const size_t space = plain.substr(0, end).rfind(' ');
  if (space != std::string_view::npos && space > end / 2) end = space;
  return std::string(plain.substr(0, end)) + std::string(kEllipsis);
}

}  // namespace nozama
