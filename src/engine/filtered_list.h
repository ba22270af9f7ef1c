// Pages of the catalogue under a filter, counted by their values.
#pragma once

#include "engine/category_cache.h"
#include "engine/search.h"

namespace nozama {

class VectorIndex;

// kInvalidArgument "bad_filter" or "bad_facet"; kNotFound "unknown_category".
Result<ListAnswer> list_filtered(Catalog& catalog, const VectorIndex& index, const CategoryCache::Tree& categories, const ListQuery& query);

}  // namespace nozama
