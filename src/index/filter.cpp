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

bool compare_row(const Filter& filter, const RowAttributes& row) {
  switch (filter.column) {
    case FilterColumn::kPrice: return row.price_minor && compares(static_cast<double>(*row.price_minor), filter.op, filter.number);
    case FilterColumn::kRating: return row.rating && compares(*row.rating, filter.op, filter.number);
    case FilterColumn::kInStock: return compares(row.in_stock ? 1 : 0, filter.op, filter.number);
    case FilterColumn::kBrand: return std::find(filter.texts.begin(), filter.texts.end(), row.brand) != filter.texts.end();
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
    if (of_texts != (filter.column == FilterColumn::kBrand)) {
      return fail(ErrorCode::kInvalidArgument, "bad_filter", "brand is compared with texts, price, rating and in_stock with numbers");
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
