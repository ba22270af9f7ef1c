// The columns that filters and facets know, in the shop's words.
#pragma once

#include <vector>

#include "index/filter_language.h"

namespace nozama {

// Those of an index, with the names of colours and what they stand for.
std::vector<WritableColumn> writable_columns(const std::vector<ColumnSpec>& columns);

}  // namespace nozama
