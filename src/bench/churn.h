// Searches while the catalogue changes.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "bench/own_index.h"

namespace nozama {

struct Churn {
  size_t rows_per_second = 0;  // added, and as many removed; 0 = nothing changes
  double seconds = 20;
};

struct ChurnResult {
  std::vector<float> times_us;  // of every search
  size_t changes = 0;           // batches added or removed
  size_t unseen = 0;            // of them, those that the writer's next search did not see
  double slowest_change_ms = 0;
};

// Queries go one at a time, over and over, on the calling thread; on another, batches of rows like them come and go at an even pace. All that
// was added is removed in the end.
Result<ChurnResult> search_while_changing(OwnIndex& index, std::span<const float> queries, size_t dimension, const Churn& churn, const std::stop_token& stop);

}  // namespace nozama
