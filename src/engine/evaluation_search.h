// One query of an evaluation through the shop's own search, with each gate.
#pragma once

#include "base/error.h"
#include "engine/evaluation_gallery.h"
#include "engine/evaluation_query.h"

namespace nozama {

// Timed as the shop serves it; the rank is then taken from the whole order.
Result<QueryOutcome> search_with_each_gate(const Live& live, const Gallery& gallery, const EvaluationQuery& query);

}  // namespace nozama
