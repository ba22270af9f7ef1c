// Writing the rows of a partition anew: without the dead, in another space of codes, ordered by clusters. Internal to the index.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "index/partition.h"

namespace nozama {

// Of the living rows among the first `entries` of an old partition; `live` and `dead` are the caller's to set. Null when `stop` becomes true.

// In the old order, and in the old clusters.
std::shared_ptr<Partition> rewritten(const View& view, const Partition& old, size_t entries, const std::shared_ptr<const CodeSpace>& space,
                                     const std::atomic<bool>& stop);

// By clusters, so that a search need not scan them all. Null too when there are too few rows.
std::shared_ptr<Partition> clustered(const View& view, const Partition& old, size_t entries, const std::atomic<bool>& stop);

}  // namespace nozama
