#include "engine/shop_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/dominant_colours.h"
#include "index/columns.h"

namespace nozama {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

Result<std::vector<std::string>> colour(const std::string& written) {
  std::string name = lower_case(written);
  if (name == "gray") name = "grey";
  const auto names = colour_names();
  if (std::ranges::find(names, name) == names.end()) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter",
                fmt::format("there is no colour '{}'; the names are {}", written.substr(0, 40), fmt::join(names, ", ")));
  }
  return std::vector{std::move(name)};
}

// The category and all below it.
Result<std::vector<std::string>> with_descendants(const std::vector<CategoryNode>& tree, const std::string& slug) {
  std::vector<std::string> slugs = {slug};
  bool known = false;
  for (const CategoryNode& node : tree) {  // parents before their children
    known = known || node.slug == slug;
    if (std::ranges::find(slugs, node.parent_slug) != slugs.end()) slugs.push_back(node.slug);
  }
  if (!known) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter", fmt::format("there is no category '{}'; GET /api/v1/categories lists them", slug.substr(0, 40)));
  }
  return slugs;
}

}  // namespace

Result<std::optional<Filter>> parse_filter_field(const std::optional<std::string>& text, const std::vector<WritableColumn>& columns) {
  if (!text) return std::optional<Filter>{};
  auto filter = parse_filter(*text, columns);
  if (!filter) return propagate(filter);
  return std::optional(std::move(*filter));
}

std::string attribute_column(std::string_view name) {
  const auto standard = standard_columns();
  std::string column = lower_case(name);
  return column == "color" || std::ranges::find(standard, column, &ColumnSpec::name) != standard.end() ? "" : column;
}

std::vector<WritableColumn> writable_columns(const std::vector<ColumnSpec>& columns, const CategoryCache::Tree& categories) {
  std::vector<WritableColumn> writable;
  for (const ColumnSpec& spec : columns) {
    WritableColumn column{.spec = spec};
    if (spec.name == "price") column.example = "49.90";
    if (spec.name == "rating") column.example = "4";
    if (spec.name == "colour") {
      column.also = "color";
      column.values = colour;
    }
    if (spec.name == "category") column.values = [categories](const std::string& slug) { return with_descendants(*categories, slug); };
    writable.push_back(std::move(column));
  }
  return writable;
}

}  // namespace nozama
