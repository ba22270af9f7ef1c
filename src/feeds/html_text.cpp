#include "feeds/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "feeds/csv_parser.h"
#include "feeds/text_decoder.h"

namespace nozama {
namespace {

constexpr size_t kTagBytesMax = 4096;

struct Entity {
  std::string_view name;
  char32_t character;
};
// Those that shops' editors make; any other one stays as it is written.
constexpr std::array<Entity, 46> kEntities = {
    {{"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},    {"nbsp", ' '},     {"copy", 0xA9},    {"reg", 0xAE},
     {"trade", 0x2122}, {"deg", 0xB0},     {"euro", 0x20AC},  {"pound", 0xA3},    {"yen", 0xA5},     {"cent", 0xA2},    {"sect", 0xA7},    {"bull", 0x2022},
     {"middot", 0xB7},  {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D},
     {"laquo", 0xAB},   {"raquo", 0xBB},   {"times", 0xD7},   {"frac12", 0xBD},   {"frac14", 0xBC},  {"frac34", 0xBE},  {"auml", 0xE4},    {"ouml", 0xF6},
     {"uuml", 0xFC},    {"Auml", 0xC4},    {"Ouml", 0xD6},    {"Uuml", 0xDC},     {"szlig", 0xDF},   {"eacute", 0xE9},  {"egrave", 0xE8},  {"agrave", 0xE0},
     {"ccedil", 0xE7},  {"ntilde", 0xF1},  {"Prime", 0x2033}, {"prime", 0x2032},  {"sup2", 0xB2},    {"plusmn", 0xB1}}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

// The bytes of the tag or comment at the start of the text; 0 = there is none.
size_t tag_length(std::string_view text) {
  if (text.starts_with("<!--")) {
    const size_t end = text.find("-->");
    return end == std::string_view::npos ? 0 : end + 3;
  }
  const size_t name = text.starts_with("</") ? 2 : 1;
  if (text.size() <= name || !(is_letter(text[name]) || text[name] == '!')) return 0;
  const size_t end = text.substr(0, kTagBytesMax).find('>');
  return end == std::string_view::npos ? 0 : end + 1;
}

// "</Div class=x>" → "div".
std::string tag_name(std::string_view tag) {
  tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
  const size_t end = std::find_if_not(tag.begin(), tag.end(), [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); }) - tag.begin();
  return lower(tag.substr(0, end));
}

bool breaks_line(const std::string& tag) {
  constexpr std::array kBlocks = {"p",  "br", "div", "li", "ul",      "ol",      "tr", "table", "h1", "h2",
                                  "h3", "h4", "h5",  "h6", "section", "article", "hr", "dt",    "dd", "blockquote"};
  return std::find(kBlocks.begin(), kBlocks.end(), tag) != kBlocks.end();
}

struct Reference {
  size_t length = 0;  // 0 = none
  char32_t character = 0;
};

// "&amp;", "&#8211;" or "&#x2013;" at the start of the text.
Reference read_reference(std::string_view text) {
  const size_t end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos || end < 2) return {};
  std::string_view name = text.substr(1, end - 1);
  if (name[0] != '#') {
    const auto* found = std::find_if(kEntities.begin(), kEntities.end(), [&](const Entity& entity) { return entity.name == name; });
    return found == kEntities.end() ? Reference{} : Reference{end + 1, found->character};
  }
  name.remove_prefix(1);
  const bool hexadecimal = name.starts_with('x') || name.starts_with('X');
  if (hexadecimal) name.remove_prefix(1);
  uint32_t code = 0;
  const auto [last, error] = std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  const bool character = code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (error != std::errc{} || last != name.data() + name.size() || !(character || code == '\n' || code == '\t')) return {};
  return {end + 1, code == 0xA0 ? U' ' : static_cast<char32_t>(code)};
}

// Runs of spaces become one, lines lose those at their ends, and no two lines in a row are empty.
std::string tidy(std::string_view text) {
  std::string out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line;
    for (const char c : trim(text.substr(begin, end - begin))) {
      const bool space = c == ' ' || c == '\t' || c == '\r';
      if (!space) line += c;
      if (space && !line.ends_with(' ')) line += ' ';
    }
    if (!line.empty()) out += (out.empty() ? "" : "\n") + line;
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string html_to_text(std::string_view text) {
  std::string out;
  bool html = false;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (const size_t length = text[i] == '<' ? tag_length(rest) : 0; length > 0) {
      html = true;
      const std::string name = tag_name(rest.substr(0, length));
      i += length;
      if (breaks_line(name)) out += '\n';
      if ((name == "script" || name == "style") && !rest.starts_with("</")) {
        const size_t end = lower(text.substr(i)).find("</" + name);
        i = end == std::string::npos ? text.size() : i + end;
      }
    } else if (const Reference reference = text[i] == '&' ? read_reference(rest) : Reference{}; reference.length > 0) {
      html = true;
      append_utf8(reference.character, out);
      i += reference.length;
    } else {
      out += text[i++];
    }
  }
  return html ? tidy(out) : std::string(text);
}

}  // namespace nozama
