// What rows a search may return, as a tree over typed columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

// The columns beside a product's vectors. An absent number matches no comparison.
struct RowAttributes {
  std::optional<double> price;  // in major units of its currency; currencies are not told apart
  std::optional<double> rating;
  bool in_stock = true;
  std::string brand;
  std::vector<std::string> colours;  // names; a comparison holds when it holds for one of them
};

enum class FilterColumn { kPrice, kRating, kInStock, kBrand, kColour };
enum class FilterOperator { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kIn };

struct Filter {
  enum class Kind { kCompare, kAnd, kOr, kNot };
  Kind kind = Kind::kAnd;
  std::vector<Filter> children;  // of and (none = true), or (none = false), not (exactly one)

  // Of a comparison. in_stock compares with 0 or 1.
  FilterColumn column = FilterColumn::kPrice;
  FilterOperator op = FilterOperator::kEqual;
  double number = 0;
  std::vector<std::string> texts;  // of kEqual (one) and kIn
};

Filter compare(FilterColumn column, FilterOperator op, double number);
Filter brand_in(std::vector<std::string> brands);
Filter colour_in(std::vector<std::string> colours);
Filter all_of(std::vector<Filter> children);
Filter any_of(std::vector<Filter> children);
Filter not_of(Filter child);

// kInvalidArgument "bad_filter": a comparison that its column does not have, or more than 64 levels.
Status check_filter(const Filter& filter);

// Of a checked filter.
bool matches(const Filter& filter, const RowAttributes& row);

}  // namespace nozama
