// What is kept for a while only.
#pragma once

#include "catalog/catalog.h"

namespace nozama {

// Removes events from before that time, imported ones too, in steps, so that other writers get their turn. Returns how many went. Safe to run
// in several processes at once. (Searches: QueryLog::forget_before.)
Result<int64_t> forget_events_before(Catalog& catalog, int64_t before_ms);

}  // namespace nozama
