// The columns that filters and facets know, in the shop's words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/category_cache.h"
#include "index/filter_language.h"

namespace nozama {

// Those of an index: with the names of colours, and with categories that stand for all below them.
std::vector<WritableColumn> writable_columns(const std::vector<ColumnSpec>& columns, const CategoryCache::Tree& categories);

// Nothing for no text.
Result<std::optional<Filter>> parse_filter_field(const std::optional<std::string>& text, const std::vector<WritableColumn>& columns);

// An attribute's name as a column: in lower case. "" for a name that a column of every shop has.
std::string attribute_column(std::string_view name);

}  // namespace nozama
