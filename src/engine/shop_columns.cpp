#include "engine/shop_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/dominant_colours.h"

namespace nozama {
namespace {

Result<std::vector<std::string>> colour(const std::string& written) {
  std::string name = written;
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (name == "gray") name = "grey";
  const auto names = colour_names();
  if (std::ranges::find(names, name) == names.end()) {
    return fail(ErrorCode::kInvalidArgument, "bad_filter",
                fmt::format("there is no colour '{}'; the names are {}", written.substr(0, 40), fmt::join(names, ", ")));
  }
  return std::vector{std::move(name)};
}

}  // namespace

std::vector<WritableColumn> writable_columns(const std::vector<ColumnSpec>& columns) {
  std::vector<WritableColumn> writable;
  for (const ColumnSpec& spec : columns) {
    WritableColumn column{.spec = spec};
    if (spec.name == "price") column.example = "49.90";
    if (spec.name == "rating") column.example = "4";
    if (spec.name == "colour") {
      column.also = "color";
      column.values = colour;
    }
    writable.push_back(std::move(column));
  }
  return writable;
}

}  // namespace nozama
