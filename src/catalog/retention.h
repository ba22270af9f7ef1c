// What is kept for a while only.
#pragma once

#include "catalog/catalog.h"

namespace nozama {

enum class Forgettable { kEvents, kQueries };

// Removes what is from before that time, in steps, so that other writers get their turn. Returns how many rows went. Safe to run in
// several processes at once.
Result<int64_t> forget_before(Catalog& catalog, Forgettable what, int64_t before_ms);

}  // namespace nozama
