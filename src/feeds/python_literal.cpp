#include "feeds/python_literal.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "feeds/csv_parser.h"
#include "feeds/json_row.h"
#include "feeds/text_decoder.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr int kDepthMax = 32;

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<json::value> whole() {
    auto value = read(0);
    skip_space();
    if (value && at_ != text_.size()) return bad("there is more behind the value");
    return value;
  }

 private:
  std::unexpected<Error> bad(std::string_view what) const {
    return fail(ErrorCode::kInvalidArgument, "bad_literal", fmt::format("the line is not a Python literal: character {}: {}", at_ + 1, what));
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n')) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<json::value> read(int depth) {
    if (depth > kDepthMax) return bad("more than 32 levels");
    if (take('{')) return read_dict(depth);
    if (take('[')) return read_list(depth, ']');
    if (take('(')) return read_list(depth, ')');
    skip_space();
    const size_t quote = text_.find_first_of("'\"", at_);
    if (quote != std::string_view::npos && quote - at_ <= 2 && is_prefix(text_.substr(at_, quote - at_))) return read_string(quote);
    return read_word();
  }

  static bool is_prefix(std::string_view prefix) { return prefix.find_first_not_of("uUbBrR") == std::string_view::npos; }

  Result<json::value> read_dict(int depth) {
    json::object object;
    while (!take('}')) {
      auto key = read(depth + 1);
      if (!key) return key;
      if (!take(':')) return bad("':' expected");
      auto value = read(depth + 1);
      if (!value) return value;
      object[key->is_string() ? std::string(key->get_string()) : text_of(*key)] = std::move(*value);
      if (take('}')) break;
      if (!take(',')) return bad("',' or '}' expected");
    }
    return object;
  }

  Result<json::value> read_list(int depth, char end) {
    json::array array;
    while (!take(end)) {
      auto value = read(depth + 1);
      if (!value) return value;
      array.push_back(std::move(*value));
      if (take(end)) break;
      if (!take(',')) return bad(fmt::format("',' or '{}' expected", end));
    }
    return array;
  }

  Result<json::value> read_word() {
    const size_t begin = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' || text_[at_] == '-' || text_[at_] == '+')) ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "None" || word == "nan" || word == "inf" || word == "-inf") return json::value(nullptr);
    if (word == "True" || word == "False") return json::value(word == "True");
    if (word.ends_with('L')) word.remove_suffix(1);  // Python 2
    if (word.starts_with('+')) word.remove_prefix(1);
    int64_t whole = 0;
    const char* end = word.data() + word.size();
    if (const auto [last, error] = std::from_chars(word.data(), end, whole); error == std::errc{} && last == end && !word.empty()) return json::value(whole);
    double real = 0;
    if (const auto [last, error] = std::from_chars(word.data(), end, real); error == std::errc{} && last == end && !word.empty() && std::isfinite(real)) {
      return json::value(real);
    }
    at_ = begin;
    return bad(fmt::format("'{}' is no value", text_.substr(begin, 20)));
  }

  // Python 2 wrote the bytes of UTF-8 as \xc3\xa9, Python 3 writes the character é as \xe9: what gives UTF-8 was bytes.
  Result<json::value> read_string(size_t quote_at) {
    const std::string_view prefix = text_.substr(at_, quote_at - at_);
    const bool raw = prefix.find_first_of("rR") != std::string_view::npos, characters = prefix.find_first_of("uU") != std::string_view::npos;
    const char quote = text_[quote_at];
    std::string as_bytes, as_characters;
    for (at_ = quote_at + 1; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == quote) {
        ++at_;
        return json::value(!characters && is_utf8(as_bytes) ? as_bytes : as_characters);
      }
      if (c != '\\' || raw) {
        as_bytes += c;
        as_characters += c;
      } else if (!read_escape(as_bytes, as_characters)) {
        return bad("a backslash that escapes nothing");
      }
    }
    return bad("the quote is not closed");
  }

  // `at_` is on the backslash, and afterwards on the escape's last character.
  bool read_escape(std::string& as_bytes, std::string& as_characters) {
    if (++at_ >= text_.size()) return false;
    const auto add = [&](char32_t character, bool byte) {
      if (byte) {
        as_bytes += static_cast<char>(static_cast<unsigned char>(character));
      } else {
        append_utf8(character, as_bytes);
      }
      append_utf8(character, as_characters);
      return true;
    };
    const char c = text_[at_];
    constexpr std::string_view kNames = "\\'\"abfnrtv", kMeanings = "\\'\"\a\b\f\n\r\t\v";
    if (const size_t found = kNames.find(c); found != std::string_view::npos) return add(static_cast<unsigned char>(kMeanings[found]), false);
    if (c == '\n') return true;
    if (c >= '0' && c <= '7') {
      size_t digits = 1;
      while (digits < 3 && at_ + digits < text_.size() && text_[at_ + digits] >= '0' && text_[at_ + digits] <= '7') ++digits;
      const auto code = read_number(at_, digits, 8);
      at_ += digits - 1;
      return code && add(*code & 0xFF, true);
    }
    const size_t digits = c == 'x' ? 2 : (c == 'u' ? 4 : (c == 'U' ? 8 : 0));
    if (digits == 0) return add('\\', false) && add(static_cast<unsigned char>(c), true);  // Python keeps unknown escapes
    auto code = read_number(at_ + 1, digits, 16);
    if (!code) return false;
    at_ += digits;
    if (*code >= 0xD800 && *code < 0xDC00 && text_.substr(at_ + 1, 2) == "\\u") {  // Python 2's narrow builds
      const auto low = read_number(at_ + 3, 4, 16);
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        at_ += 6;
      }
    }
    if (*code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) code = 0xFFFD;
    return add(*code, c == 'x');
  }

  std::optional<char32_t> read_number(size_t begin, size_t digits, int base) const {
    if (begin + digits > text_.size()) return std::nullopt;
    uint32_t code = 0;
    const char* last = text_.data() + begin + digits;
    const auto [end, error] = std::from_chars(text_.data() + begin, last, code, base);
    if (error != std::errc{} || end != last) return std::nullopt;
    return static_cast<char32_t>(code);
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<json::value> parse_python_literal(std::string_view text) { return Parser(text).whole(); }

}  // namespace nozama
