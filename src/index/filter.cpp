#include "index/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace nozama {
namespace {

constexpr int kDepthMax = 64;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::unexpected<Error> bad_filter(std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_filter", std::move(message)); }

Status check_condition(const Filter& filter, const std::vector<ColumnSpec>& columns) {
  const auto column = std::ranges::find(columns, filter.column, &ColumnSpec::name);
  if (column == columns.end()) return bad_filter(fmt::format("there is no column '{}'", filter.column.substr(0, 200)));
  const bool of_texts = column->type == ColumnType::kKeyword || column->type == ColumnType::kKeywords;
  if (of_texts != (filter.kind == Filter::Kind::kIn)) {
    return bad_filter(fmt::format("the column {} is compared with {}", filter.column, of_texts ? "texts" : "numbers"));
  }
  if (std::isnan(filter.low) || std::isnan(filter.high)) return bad_filter(fmt::format("the column {} is compared with no number", filter.column));
  return {};
}

Status check_at(const Filter& filter, const std::vector<ColumnSpec>& columns, int depth) {
  if (depth > kDepthMax) return bad_filter("the filter is nested more than 64 levels deep");
  if (filter.kind == Filter::Kind::kRange || filter.kind == Filter::Kind::kIn) return check_condition(filter, columns);
  if (filter.kind == Filter::Kind::kNot && filter.children.size() != 1) return bad_filter("`not` takes exactly one condition");
  for (const Filter& child : filter.children) {
    const Status checked = check_at(child, columns, depth + 1);
    if (!checked) return checked;
  }
  return {};
}

Filter in_range(std::string column, double low, double high) {
  Filter filter;
  filter.kind = Filter::Kind::kRange;
  filter.column = std::move(column);
  filter.low = low;
  filter.high = high;
  return filter;
}

// A condition, or its opposite, in a normal form.
bool is_inverted(const Filter& filter) { return filter.kind == Filter::Kind::kNot; }
Filter& condition_of(Filter& filter) { return is_inverted(filter) ? filter.children.front() : filter; }

bool overlap_or_touch(const Filter& a, const Filter& b) { return std::nextafter(a.high, kInfinity) >= b.low && std::nextafter(b.high, kInfinity) >= a.low; }
bool are_disjoint(const Filter& a, const Filter& b) { return a.high < b.low || b.high < a.low; }

enum class Merged { kNo, kYes, kDecided };  // kDecided: the whole `and` holds for nothing, or the whole `or` for everything

// Merges `from` into `into` where one condition says what both say. In an `or`, conditions unite and opposites intersect; in an
// `and` it is the other way round. A keyword column may have many values, so two of its lists cannot be intersected.
Merged merge(Filter& into, Filter& from, bool is_or) {
  Filter &a = condition_of(into), &b = condition_of(from);
  if (a.kind != b.kind || a.column != b.column || (a.kind != Filter::Kind::kRange && a.kind != Filter::Kind::kIn)) return Merged::kNo;
  const bool unites = is_inverted(into) != is_or;
  if (is_inverted(into) != is_inverted(from)) {
    if (a == b) return Merged::kDecided;
    return Merged::kNo;
  }
  if (a.kind == Filter::Kind::kIn) {
    if (!unites) return a == b ? Merged::kYes : Merged::kNo;
    a.texts.insert(a.texts.end(), b.texts.begin(), b.texts.end());
    std::ranges::sort(a.texts);
    a.texts.erase(std::ranges::unique(a.texts).begin(), a.texts.end());
    return Merged::kYes;
  }
  if (unites) {
    if (!overlap_or_touch(a, b)) return Merged::kNo;
    a.low = std::min(a.low, b.low);
    a.high = std::max(a.high, b.high);
    return Merged::kYes;
  }
  if (are_disjoint(a, b)) return Merged::kDecided;
  a.low = std::max(a.low, b.low);
  a.high = std::min(a.high, b.high);
  return Merged::kYes;
}

// price < 50 and not price >= 50: the second says nothing more.
bool is_implied(const Filter& condition, const std::vector<Filter>& others, bool is_or) {
  if (is_inverted(condition) == is_or) return false;
  Filter copy = condition;
  const Filter& range = condition_of(copy);
  return range.kind == Filter::Kind::kRange && std::ranges::any_of(others, [&](Filter other) {
           if (is_inverted(other) != is_or) return false;
           const Filter& counterpart = condition_of(other);
           return counterpart.kind == Filter::Kind::kRange && counterpart.column == range.column && are_disjoint(counterpart, range);
         });
}

Filter constant(bool holds) { return holds ? all_of({}) : any_of({}); }
bool is_constant(const Filter& filter, bool holds) { return filter.kind == (holds ? Filter::Kind::kAnd : Filter::Kind::kOr) && filter.children.empty(); }

// Children are in normal form, and none is of the same kind.
Filter joined(std::vector<Filter> children, bool is_or) {
  std::ranges::sort(children, {}, filter_key);
  for (size_t i = 0; i < children.size(); ++i) {
    for (size_t j = i + 1; j < children.size();) {
      Merged merged = children[i] == children[j] ? Merged::kYes : merge(children[i], children[j], is_or);
      if (merged == Merged::kDecided) return constant(is_or);
      if (merged == Merged::kNo) {
        ++j;
        continue;
      }
      children.erase(children.begin() + static_cast<std::ptrdiff_t>(j));
      j = i + 1;  // what has grown may reach another now
    }
  }
  std::erase_if(children, [&, all = children](const Filter& child) { return is_implied(child, all, is_or); });
  if (children.size() == 1) return std::move(children.front());
  std::ranges::sort(children, {}, filter_key);
  return is_or ? any_of(std::move(children)) : all_of(std::move(children));
}

Filter normal_form(const Filter& filter, bool inverted) {
  if (filter.kind == Filter::Kind::kNot) return normal_form(filter.children.front(), !inverted);
  if (filter.kind == Filter::Kind::kRange || filter.kind == Filter::Kind::kIn) {
    Filter condition = filter;
    std::ranges::sort(condition.texts);
    condition.texts.erase(std::ranges::unique(condition.texts).begin(), condition.texts.end());
    const bool holds_never = filter.kind == Filter::Kind::kIn ? filter.texts.empty() : !(filter.low <= filter.high);
    if (holds_never) return constant(inverted);
    return inverted ? not_of(std::move(condition)) : condition;
  }
  const bool is_or = (filter.kind == Filter::Kind::kOr) != inverted;
  std::vector<Filter> children;
  for (const Filter& child : filter.children) {
    Filter normal = normal_form(child, inverted);
    if (is_constant(normal, is_or)) return normal;
    if (is_constant(normal, !is_or)) continue;
    if (normal.kind == (is_or ? Filter::Kind::kOr : Filter::Kind::kAnd)) {
      std::ranges::move(normal.children, std::back_inserter(children));
    } else {
      children.push_back(std::move(normal));
    }
  }
  return joined(std::move(children), is_or);
}

}  // namespace

void RowAttributes::set(std::string_view column, double value) {
  std::erase_if(numbers, [column](const auto& number) { return number.first == column; });
  numbers.emplace_back(column, value);
}

Filter compare(std::string column, FilterOperator op, double number) {
  switch (op) {
    case FilterOperator::kEqual: return in_range(std::move(column), number, number);
    case FilterOperator::kLess: return in_range(std::move(column), -kInfinity, std::nextafter(number, -kInfinity));
    case FilterOperator::kLessOrEqual: return in_range(std::move(column), -kInfinity, number);
    case FilterOperator::kGreater: return in_range(std::move(column), std::nextafter(number, kInfinity), kInfinity);
    case FilterOperator::kGreaterOrEqual: return in_range(std::move(column), number, kInfinity);
  }
  return {};
}

Filter one_of(std::string column, std::vector<std::string> texts) {
  Filter filter;
  filter.kind = Filter::Kind::kIn;
  filter.column = std::move(column);
  filter.texts = std::move(texts);
  return filter;
}

Filter all_of(std::vector<Filter> children) {
  Filter filter;
  filter.kind = Filter::Kind::kAnd;
  filter.children = std::move(children);
  return filter;
}

Filter any_of(std::vector<Filter> children) {
  Filter filter = all_of(std::move(children));
  filter.kind = Filter::Kind::kOr;
  return filter;
}

Filter not_of(Filter child) {
  Filter filter = all_of({std::move(child)});
  filter.kind = Filter::Kind::kNot;
  return filter;
}

Status check_filter(const Filter& filter, const std::vector<ColumnSpec>& columns) { return check_at(filter, columns, 0); }

Filter normalised(const Filter& filter) { return normal_form(filter, false); }

std::string filter_key(const Filter& filter) {
  std::string key;
  const auto add_text = [&key](std::string_view text) { key += fmt::format("{}:{}", text.size(), text); };
  switch (filter.kind) {
    case Filter::Kind::kRange: add_text(filter.column); return key + fmt::format("[{},{}]", filter.low, filter.high);
    case Filter::Kind::kIn:
      add_text(filter.column);
      key += '{';
      std::ranges::for_each(filter.texts, add_text);
      return key + '}';
    case Filter::Kind::kAnd: key = "&("; break;
    case Filter::Kind::kOr: key = "|("; break;
    case Filter::Kind::kNot: key = "!("; break;
  }
  for (const Filter& child : filter.children) key += filter_key(child) + ' ';
  return key + ')';
}

}  // namespace nozama
