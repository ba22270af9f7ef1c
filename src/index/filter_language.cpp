#include "index/filter_language.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace nozama {
namespace {

enum class TokenKind { kEnd, kWord, kNumber, kText, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t at = 0;      // byte where it starts
  std::string text;   // a word in lower case, a symbol, a number's digits, a text without quotes and escapes
  double number = 0;  // of a number
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

// Characters, not bytes: what a reader counts. Every byte of UTF-8 but a continuation starts one.
size_t column_of(std::string_view text, size_t at) {
  return 1 + static_cast<size_t>(std::ranges::count_if(text.substr(0, at), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::string_view> colours) : text_(text), colours_(colours) {}

  Result<Filter> parse() {
    if (auto read = advance(); !read) return propagate(read);
    if (token_.kind == TokenKind::kEnd) return error("a condition such as price < 50; leave `filter` out to have none");
    auto filter = parse_any(0);
    if (!filter) return filter;
    if (token_.kind != TokenKind::kEnd) return error("`and`, `or` or the end");
    return filter;
  }

 private:
  std::unexpected<Error> error_at(size_t at, std::string_view message) const {
    return fail(ErrorCode::kInvalidArgument, "bad_filter", fmt::format("filter, column {}: {}", column_of(text_, at), message));
  }
  std::unexpected<Error> error(std::string_view expected) const {
    const std::string found = token_.kind == TokenKind::kEnd ? "it ends" : fmt::format("there is {}", std::string(shown()));
    return error_at(token_.at, fmt::format("{} where {} was expected", found, expected));
  }
  std::string shown() const {
    constexpr size_t kShownMax = 40;
    return token_.text.size() > kShownMax ? "a long text" : fmt::format("'{}'", token_.text);
  }

  Status advance();
  Status read_text(char quote);
  Status read_number();
  bool is_symbol(std::string_view symbol) const { return token_.kind == TokenKind::kSymbol && token_.text == symbol; }
  bool is_word(std::string_view word) const { return token_.kind == TokenKind::kWord && token_.text == word; }

  Result<Filter> parse_any(int depth);
  Result<Filter> parse_all(int depth);
  Result<Filter> parse_one(int depth);
  Result<Filter> parse_condition();
  Result<Filter> parse_stock();
  Result<Filter> parse_number(FilterColumn column);
  Result<Filter> parse_texts(FilterColumn column);
  Result<std::string> parse_value(FilterColumn column);
  Result<std::vector<std::string>> parse_list(FilterColumn column);

  std::string_view text_;
  std::span<const std::string_view> colours_;
  size_t next_ = 0;
  Token token_;
  size_t conditions_ = 0;
};

Status Parser::advance() {
  while (next_ < text_.size() && is_space(text_[next_])) ++next_;
  token_ = {TokenKind::kEnd, next_, {}, 0};
  if (next_ == text_.size()) return {};
  const char c = text_[next_];
  if (c == '"' || c == '\'') return read_text(c);
  if (is_digit(c) || c == '-' || c == '.') return read_number();
  if (is_letter(c)) {
    size_t end = next_;
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    token_.kind = TokenKind::kWord;
    token_.text = lower_case(text_.substr(next_, end - next_));
    next_ = end;
    return {};
  }
  token_.kind = TokenKind::kSymbol;
  for (const std::string_view symbol : {"<=", ">=", "!=", "==", "<", ">", "=", "(", ")", ","}) {
    if (!text_.substr(next_).starts_with(symbol)) continue;
    token_.text = symbol == "==" ? "=" : std::string(symbol);
    next_ += symbol.size();
    return {};
  }
  return error_at(next_, "a character that means nothing in a filter; texts stand in quotes");
}

Status Parser::read_text(char quote) {
  token_.kind = TokenKind::kText;
  const size_t start = next_++;
  while (next_ < text_.size() && text_[next_] != quote) {
    char c = text_[next_++];
    if (c == '\\') {
      if (next_ == text_.size()) break;
      c = text_[next_++];
      if (c != '"' && c != '\'' && c != '\\') return error_at(next_ - 2, "in a text, a backslash stands before a quote or another backslash only");
    }
    token_.text += c;
  }
  if (next_ == text_.size()) return error_at(start, fmt::format("the text that starts here has no closing {}", quote));
  ++next_;
  return {};
}

Status Parser::read_number() {
  const size_t start = next_;
  next_ += text_[next_] == '-' ? 1 : 0;
  while (next_ < text_.size() && (is_digit(text_[next_]) || text_[next_] == '.')) ++next_;
  token_.kind = TokenKind::kNumber;
  token_.text = text_.substr(start, next_ - start);
  const char* end = token_.text.data() + token_.text.size();
  const auto parsed = std::from_chars(token_.text.data(), end, token_.number, std::chars_format::fixed);
  if (parsed.ec != std::errc() || parsed.ptr != end) return error_at(start, fmt::format("{} is not a number such as 12.50", shown()));
  return {};
}

Result<Filter> Parser::parse_any(int depth) {
  std::vector<Filter> children;
  while (true) {
    auto child = parse_all(depth);
    if (!child) return child;
    children.push_back(std::move(*child));
    if (!is_word("or")) break;
    if (auto read = advance(); !read) return propagate(read);
  }
  return children.size() == 1 ? std::move(children.front()) : any_of(std::move(children));
}

Result<Filter> Parser::parse_all(int depth) {
  std::vector<Filter> children;
  while (true) {
    auto child = parse_one(depth);
    if (!child) return child;
    children.push_back(std::move(*child));
    if (!is_word("and")) break;
    if (auto read = advance(); !read) return propagate(read);
  }
  return children.size() == 1 ? std::move(children.front()) : all_of(std::move(children));
}

Result<Filter> Parser::parse_one(int depth) {
  const bool inverted = is_word("not"), grouped = is_symbol("(");
  if (!inverted && !grouped) return parse_condition();
  if (depth == FilterLimits::kDepthMax)
    return error_at(token_.at, fmt::format("more than {} parentheses and `not` inside each other", FilterLimits::kDepthMax));
  if (auto read = advance(); !read) return propagate(read);
  if (inverted) {
    auto child = parse_one(depth + 1);
    return child ? not_of(std::move(*child)) : std::move(child);
  }
  auto inner = parse_any(depth + 1);
  if (!inner) return inner;
  if (!is_symbol(")")) return error("`and`, `or` or `)`");
  if (auto read = advance(); !read) return propagate(read);
  return inner;
}

Result<Filter> Parser::parse_condition() {
  constexpr std::string_view kExpected = "price, rating, in_stock, brand, colour, `not` or `(`";
  if (token_.kind != TokenKind::kWord) return error(kExpected);
  if (++conditions_ > FilterLimits::kConditionsMax) return error_at(token_.at, fmt::format("more than {} conditions", FilterLimits::kConditionsMax));
  const std::string name = token_.text;
  std::optional<FilterColumn> column;
  if (name == "price") column = FilterColumn::kPrice;
  if (name == "rating") column = FilterColumn::kRating;
  if (name == "in_stock") column = FilterColumn::kInStock;
  if (name == "brand") column = FilterColumn::kBrand;
  if (name == "colour" || name == "color") column = FilterColumn::kColour;
  if (!column) return error(kExpected);
  if (auto read = advance(); !read) return propagate(read);
  if (*column == FilterColumn::kInStock) return parse_stock();
  if (*column == FilterColumn::kBrand || *column == FilterColumn::kColour) return parse_texts(*column);
  return parse_number(*column);
}

// in_stock, in_stock = true, in_stock != false
Result<Filter> Parser::parse_stock() {
  bool wanted = true;
  if (is_symbol("=") || is_symbol("!=")) {
    const bool inverted = is_symbol("!=");
    if (auto read = advance(); !read) return propagate(read);
    if (!is_word("true") && !is_word("false")) return error("true or false");
    wanted = is_word("true") != inverted;
    if (auto read = advance(); !read) return propagate(read);
  }
  return compare(FilterColumn::kInStock, FilterOperator::kEqual, wanted ? 1 : 0);
}

Result<Filter> Parser::parse_number(FilterColumn column) {
  struct Named {
    std::string_view symbol;
    FilterOperator op;
  };
  static constexpr std::array<Named, 6> kOperators = {{{"=", FilterOperator::kEqual},
                                                       {"!=", FilterOperator::kEqual},
                                                       {"<", FilterOperator::kLess},
                                                       {"<=", FilterOperator::kLessOrEqual},
                                                       {">", FilterOperator::kGreater},
                                                       {">=", FilterOperator::kGreaterOrEqual}}};
  const auto* found = std::ranges::find_if(kOperators, [this](const Named& named) { return is_symbol(named.symbol); });
  if (found == kOperators.end()) return error("one of = != < <= > >=");
  if (auto read = advance(); !read) return propagate(read);
  if (token_.kind != TokenKind::kNumber) return error(column == FilterColumn::kPrice ? "a price such as 49.90" : "a number from 0 to 5");
  Filter condition = compare(column, found->op, token_.number);
  if (auto read = advance(); !read) return propagate(read);
  return found->symbol == "!=" ? not_of(std::move(condition)) : condition;
}

Result<Filter> Parser::parse_texts(FilterColumn column) {
  bool inverted = is_symbol("!=") || is_word("not");
  const bool list = is_word("in") || is_word("not");
  if (is_word("not")) {
    if (auto read = advance(); !read) return propagate(read);
    if (!is_word("in")) return error("`in`");
  } else if (!list && !inverted && !is_symbol("=")) {
    return error("one of = != in, `not in`");
  }
  if (auto read = advance(); !read) return propagate(read);
  std::vector<std::string> values;
  if (list) {
    auto all = parse_list(column);
    if (!all) return propagate(all);
    values = std::move(*all);
  } else {
    auto value = parse_value(column);
    if (!value) return propagate(value);
    values.push_back(std::move(*value));
  }
  Filter condition = column == FilterColumn::kBrand ? brand_in(std::move(values)) : colour_in(std::move(values));
  return inverted ? not_of(std::move(condition)) : condition;
}

Result<std::vector<std::string>> Parser::parse_list(FilterColumn column) {
  if (!is_symbol("(")) return error("a list such as (\"A\", \"B\")");
  std::vector<std::string> values;
  do {
    if (values.size() == FilterLimits::kListMax) return error_at(token_.at, fmt::format("a list of more than {} values", FilterLimits::kListMax));
    if (auto read = advance(); !read) return propagate(read);
    auto value = parse_value(column);
    if (!value) return propagate(value);
    values.push_back(std::move(*value));
  } while (is_symbol(","));
  if (!is_symbol(")")) return error("`,` or `)`");
  if (auto read = advance(); !read) return propagate(read);
  return values;
}

Result<std::string> Parser::parse_value(FilterColumn column) {
  if (token_.kind != TokenKind::kText) return error("a text in quotes");
  std::string value = column == FilterColumn::kColour ? lower_case(token_.text) : token_.text;
  if (column == FilterColumn::kColour) {
    if (value == "gray") value = "grey";
    if (std::ranges::find(colours_, value) == colours_.end()) {
      return error_at(token_.at, fmt::format("there is no colour {}; the names are {}", shown(), fmt::join(colours_, ", ")));
    }
  }
  if (auto read = advance(); !read) return propagate(read);
  return value;
}

}  // namespace

Result<Filter> parse_filter(std::string_view text, std::span<const std::string_view> colours) {
  if (text.size() > FilterLimits::kBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter", fmt::format("the filter has {} bytes; at most {} are taken", text.size(), FilterLimits::kBytesMax));
  }
  auto filter = Parser(text, colours).parse();
  if (!filter) return filter;
  if (auto checked = check_filter(*filter); !checked) return propagate(checked);
  return filter;
}

}  // namespace nozama
