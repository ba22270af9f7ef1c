// Ordering the rows of a long partition by clusters. Internal to the index.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "index/partition.h"

namespace nozama {

// A partition of the living rows among the first `entries` of an old one, so that a search need not scan them all; `live` and `dead`
// are the caller's to set. Null when `stop` becomes true, or when there are too few rows.
std::shared_ptr<Partition> clustered(const View& view, const Partition& old, size_t entries, const std::atomic<bool>& stop);

}  // namespace nozama
