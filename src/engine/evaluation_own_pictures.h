// A catalogue's own pictures as the queries of an evaluation, each looked up without itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "engine/evaluation_query.h"
#include "engine/live_index.h"

namespace nozama {

struct OwnPictureOptions {
  size_t queries_max = 1000;
  uint64_t seed = 1;
};

// A random sample, first of the pictures of products that have several, then of the others. Their category probabilities
// come from cross-validation: from heads, trained as `nozama train` does, that have not seen the product. kInvalidArgument
// "no_queries" for a catalogue without pictures; kCancelled "cancelled".
Result<std::vector<EvaluationQuery>> sample_own_pictures(Workspace& workspace, const Live& live, const OwnPictureOptions& options,
                                                         const std::function<void(int64_t done, int64_t total)>& progress, std::stop_token stop);

}  // namespace nozama
