// Lists and searches by words under the shop's rules.
#pragma once

#include <functional>

#include "base/error.h"
#include "engine/search.h"
#include "recommend/curation.h"

namespace nozama {

class Catalog;

// The list as it is without rules; it obeys `exclude` and `out_of_stock` of the page, and leaves `leading` out.
using PlainList = std::function<Result<ListAnswer>(const ListQuery& query)>;

// Hides and the rules about stock are for every page. Pins, and boosted products that the list has, open the first page, and are on no other; not
// where the shopper has chosen a sort or a filter.
Result<ListAnswer> curated_list(Catalog& catalog, const Curation& curation, const ListQuery& query, const PlainList& list);

}  // namespace nozama
