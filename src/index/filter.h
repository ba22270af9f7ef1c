// What products a search may return, as a tree of conditions on named columns.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace nozama {

enum class ColumnType { kBool, kInt, kFloat, kKeyword, kKeywords };

struct ColumnSpec {
  std::string name;
  ColumnType type = ColumnType::kKeywords;
  bool operator==(const ColumnSpec&) const = default;
};

// One product's values. What is not named has none; booleans are 0 or 1.
struct RowAttributes {
  std::vector<std::pair<std::string, double>> numbers;        // column, value
  std::vector<std::pair<std::string, std::string>> keywords;  // column, value; a column of lists several times

  // An earlier value is replaced.
  void set(std::string_view column, double value);
  void add(std::string_view column, std::string_view value) { keywords.emplace_back(column, value); }
  bool operator==(const RowAttributes&) const = default;
};

struct Filter {
  enum class Kind { kRange, kIn, kAnd, kOr, kNot };
  Kind kind = Kind::kAnd;
  std::vector<Filter> children;  // of and (none = true), or (none = false), not (exactly one)

  std::string column;  // of kRange and kIn
  // kRange: low ≤ value ≤ high. A row without a value is in no range.
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  // kIn: holds when one of the row's values is one of these; "" stands for having no value.
  std::vector<std::string> texts;

  bool operator==(const Filter&) const = default;
};

enum class FilterOperator { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

Filter compare(std::string column, FilterOperator op, double number);
Filter one_of(std::string column, std::vector<std::string> texts);
Filter all_of(std::vector<Filter> children);
Filter any_of(std::vector<Filter> children);
Filter not_of(Filter child);

// kInvalidArgument "bad_filter": a column that is not among `columns` or has another type, a range of NaN, a `not` without exactly
// one child, or more than 64 levels.
Status check_filter(const Filter& filter, const std::vector<ColumnSpec>& columns);

// A filter that holds for the same rows: `not` stands before conditions only, nested and/or are joined, ranges and lists of one column
// merged, the rest sorted. So most ways to write a filter have one normal form.
Filter normalised(const Filter& filter);

// Different for different filters.
std::string filter_key(const Filter& filter);

}  // namespace nozama
