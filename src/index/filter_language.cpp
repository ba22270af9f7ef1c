#include "index/filter_language.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

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

// As it stands in a filter: in quotes unless it is a word.
std::string written_name(const std::string& name) {
  const bool word = is_letter(name.front()) && std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
  return word ? name : fmt::format("\"{}\"", name);
}

// Levenshtein's distance.
size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// The column whose name is at most a third away; "" when there is none.
std::string nearest_name(const std::string& name, const std::vector<WritableColumn>& columns) {
  std::string nearest;
  size_t fewest = std::max<size_t>(1, name.size() / 3) + 1;
  for (const WritableColumn& column : columns) {
    const size_t edits = name.size() > 2 * column.spec.name.size() ? name.size() : edits_between(name, lower_case(column.spec.name));
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = written_name(column.spec.name);
  }
  return nearest;
}

class Parser {
 public:
  Parser(std::string_view text, const std::vector<WritableColumn>& columns) : text_(text), columns_(columns) {}

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
  Status count_condition();
  const WritableColumn* named_column() const;
  std::string expected_columns() const;
  Result<Filter> parse_bool(const WritableColumn& column);
  Result<Filter> parse_number(const WritableColumn& column);
  Result<Filter> parse_texts(const WritableColumn& column);
  Result<Filter> parse_numbers(const WritableColumn& column);
  Result<double> parse_number_value(const WritableColumn& column);
  Result<bool> parse_in();
  Status parse_list(std::string_view example, const std::function<Status()>& parse_value);
  Status parse_text(const WritableColumn& column, std::vector<std::string>& values);

  std::string_view text_;
  const std::vector<WritableColumn>& columns_;
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

const WritableColumn* Parser::named_column() const {
  const std::string name = lower_case(token_.text);
  const auto found =
      std::ranges::find_if(columns_, [&name](const WritableColumn& column) { return lower_case(column.spec.name) == name || column.also == name; });
  return found == columns_.end() ? nullptr : &*found;
}

std::string Parser::expected_columns() const {
  constexpr size_t kShownColumns = 20;
  std::string expected;
  for (size_t i = 0; i < std::min(columns_.size(), kShownColumns); ++i) expected += written_name(columns_[i].spec.name) + ", ";
  if (columns_.size() > kShownColumns) expected += fmt::format("{} further columns, ", columns_.size() - kShownColumns);
  return expected + "`not` or `(`";
}

Status Parser::count_condition() {
  if (++conditions_ > FilterLimits::kConditionsMax) return error_at(token_.at, fmt::format("more than {} conditions", FilterLimits::kConditionsMax));
  return {};
}

Result<Filter> Parser::parse_condition() {
  if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kText) return error(expected_columns());
  if (auto counted = count_condition(); !counted) return propagate(counted);
  const WritableColumn* column = named_column();
  if (column == nullptr) {
    const std::string nearest = nearest_name(lower_case(token_.text), columns_);
    return error(expected_columns() + (nearest.empty() ? "" : fmt::format("; is {} meant?", nearest)));
  }
  if (auto read = advance(); !read) return propagate(read);
  switch (column->spec.type) {
    case ColumnType::kBool: return parse_bool(*column);
    case ColumnType::kInt:
    case ColumnType::kFloat: return parse_number(*column);
    case ColumnType::kKeyword:
    case ColumnType::kKeywords: return parse_texts(*column);
  }
  return error(expected_columns());
}

// in_stock, in_stock = true, in_stock != false
Result<Filter> Parser::parse_bool(const WritableColumn& column) {
  bool wanted = true;
  if (is_symbol("=") || is_symbol("!=")) {
    const bool inverted = is_symbol("!=");
    if (auto read = advance(); !read) return propagate(read);
    if (!is_word("true") && !is_word("false")) return error("true or false");
    wanted = is_word("true") != inverted;
    if (auto read = advance(); !read) return propagate(read);
  }
  return compare(column.spec.name, FilterOperator::kEqual, wanted ? 1 : 0);
}

Result<Filter> Parser::parse_number(const WritableColumn& column) {
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
  if (found == kOperators.end()) {
    if (!is_word("in") && !is_word("not")) return error("one of = != < <= > >= in, `not in`");
    return parse_numbers(column);
  }
  if (auto read = advance(); !read) return propagate(read);
  const auto number = parse_number_value(column);
  if (!number) return propagate(number);
  Filter condition = compare(column.spec.name, found->op, *number);
  return found->symbol == "!=" ? not_of(std::move(condition)) : condition;
}

// price in (10, 20): each number is a condition, which bounds what all lists together cost.
Result<Filter> Parser::parse_numbers(const WritableColumn& column) {
  const auto inverted = parse_in();
  if (!inverted) return propagate(inverted);
  std::vector<Filter> equal;
  const Status read = parse_list("(10, 20)", [&]() -> Status {
    if (auto counted = equal.empty() ? Status{} : count_condition(); !counted) return counted;
    const auto number = parse_number_value(column);
    if (!number) return propagate(number);
    equal.push_back(compare(column.spec.name, FilterOperator::kEqual, *number));
    return {};
  });
  if (!read) return propagate(read);
  Filter condition = any_of(std::move(equal));
  return *inverted ? not_of(std::move(condition)) : condition;
}

Result<double> Parser::parse_number_value(const WritableColumn& column) {
  if (token_.kind != TokenKind::kNumber) return error(fmt::format("{} such as {}", column.spec.name == "price" ? "a price" : "a number", column.example));
  const double number = token_.number;
  if (auto read = advance(); !read) return propagate(read);
  return number;
}

Result<Filter> Parser::parse_texts(const WritableColumn& column) {
  std::vector<std::string> values;
  bool inverted = is_symbol("!=");
  if (inverted || is_symbol("=")) {
    if (auto read = advance(); !read) return propagate(read);
    if (const Status read = parse_text(column, values); !read) return propagate(read);
  } else {
    if (!is_word("in") && !is_word("not")) return error("one of = != in, `not in`");
    const auto is_not_in = parse_in();
    if (!is_not_in) return propagate(is_not_in);
    inverted = *is_not_in;
    if (const Status read = parse_list("(\"A\", \"B\")", [&] { return parse_text(column, values); }); !read) return propagate(read);
  }
  Filter condition = one_of(column.spec.name, std::move(values));
  return inverted ? not_of(std::move(condition)) : condition;
}

// True after `not in`, false after `in`.
Result<bool> Parser::parse_in() {
  const bool inverted = is_word("not");
  if (inverted) {
    if (auto read = advance(); !read) return propagate(read);
    if (!is_word("in")) return error("`in`");
  }
  if (auto read = advance(); !read) return propagate(read);
  return inverted;
}

Status Parser::parse_list(std::string_view example, const std::function<Status()>& parse_value) {
  if (!is_symbol("(")) return error(fmt::format("a list such as {}", example));
  size_t written = 0;
  do {
    if (written++ == FilterLimits::kListMax) return error_at(token_.at, fmt::format("a list of more than {} values", FilterLimits::kListMax));
    if (auto read = advance(); !read) return read;
    if (auto read = parse_value(); !read) return read;
  } while (is_symbol(","));
  if (!is_symbol(")")) return error("`,` or `)`");
  return advance();
}

Status Parser::parse_text(const WritableColumn& column, std::vector<std::string>& values) {
  if (token_.kind != TokenKind::kText) return error("a text in quotes");
  if (column.values && !token_.text.empty()) {
    auto meant = column.values(token_.text);
    if (!meant) return error_at(token_.at, meant.error().message);
    std::ranges::move(*meant, std::back_inserter(values));
  } else {
    values.push_back(token_.text);
  }
  return advance();
}

}  // namespace

Result<Filter> parse_filter(std::string_view text, const std::vector<WritableColumn>& columns) {
  if (text.size() > FilterLimits::kBytesMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter", fmt::format("the filter has {} bytes; at most {} are taken", text.size(), FilterLimits::kBytesMax));
  }
  return Parser(text, columns).parse();
}

}  // namespace nozama
