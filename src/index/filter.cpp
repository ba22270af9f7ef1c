#include "index/filter.h"

#include <algorithm>

namespace nozama {
namespace {

constexpr int kDepthMax = 64;

bool compares(double value, FilterOperator op, double number) {
  switch (op) {
    case FilterOperator::kEqual: return value == number;
    case FilterOperator::kLess: return value < number;
    case FilterOperator::kLessOrEqual: return value <= number;
    case FilterOperator::kGreater: return value > number;
    case FilterOperator::kGreaterOrEqual: return value >= number;
    case FilterOperator::kIn: return false;
  }
  return false;
}

bool contains(const std::vector<std::string>& texts, const std::string& text) { return std::ranges::find(texts, text) != texts.end(); }

bool compare_row(const Filter& filter, const RowAttributes& row) {
  switch (filter.column) {
    case FilterColumn::kPrice: return row.price && compares(*row.price, filter.op, filter.number);
    case FilterColumn::kRating: return row.rating && compares(*row.rating, filter.op, filter.number);
    case FilterColumn::kInStock: return compares(row.in_stock ? 1 : 0, filter.op, filter.number);
    case FilterColumn::kBrand: return contains(filter.texts, row.brand);
    case FilterColumn::kColour: return std::ranges::any_of(row.colours, [&filter](const std::string& colour) { return contains(filter.texts, colour); });
  }
  return false;
}

Status check_at(const Filter& filter, int depth) {
  if (depth > kDepthMax) return fail(ErrorCode::kInvalidArgument, "bad_filter", "the filter is nested more than 64 levels deep");
  if (filter.kind == Filter::Kind::kNot && filter.children.size() != 1) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter", "`not` takes exactly one condition");
  }
  if (filter.kind == Filter::Kind::kCompare) {
    const bool of_texts = filter.op == FilterOperator::kIn || (filter.op == FilterOperator::kEqual && !filter.texts.empty());
    const bool text_column = filter.column == FilterColumn::kBrand || filter.column == FilterColumn::kColour;
    if (of_texts != text_column) {
      return fail(ErrorCode::kInvalidArgument, "bad_filter", "brand and colour are compared with texts, price, rating and in_stock with numbers");
    }
  }
  for (const Filter& child : filter.children) {
    const Status checked = check_at(child, depth + 1);
    if (!checked) return checked;
  }
  return {};
}

}  // namespace

Filter compare(FilterColumn column, FilterOperator op, double number) {
  Filter filter;
  filter.kind = Filter::Kind::kCompare;
  filter.column = column;
  filter.op = op;
  filter.number = number;
  return filter;
}

Filter brand_in(std::vector<std::string> brands) {
  Filter filter = compare(FilterColumn::kBrand, FilterOperator::kIn, 0);
  filter.texts = std::move(brands);
  return filter;
}

Filter colour_in(std::vector<std::string> colours) {
  Filter filter = brand_in(std::move(colours));
  filter.column = FilterColumn::kColour;
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

Status check_filter(const Filter& filter) { return check_at(filter, 0); }

bool matches(const Filter& filter, const RowAttributes& row) {
  const auto child_matches = [&row](const Filter& child) { return matches(child, row); };
  switch (filter.kind) {
    case Filter::Kind::kCompare: return compare_row(filter, row);
    case Filter::Kind::kAnd: return std::all_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Kind::kOr: return std::any_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Kind::kNot: return !matches(filter.children.front(), row);
  }
  return false;
}

}  // namespace nozama
