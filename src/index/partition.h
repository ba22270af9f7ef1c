// The rows of one category, and what a search holds on to. Internal to the index.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "index/centres.h"
#include "index/row_list.h"
#include "index/slots.h"

namespace nozama {

// The first blocks of a long list, in the order of the centres that their rows are nearest to. Rows that came later follow.
struct Clusters {
  std::shared_ptr<const Centres> centres;
  std::vector<uint32_t> first_blocks;  // of each centre, and behind the last
};

// Rows are appended by the writer; to drop dead ones or to change its inside, it is replaced as a whole.
struct Partition {
  Partition(CategoryId category, std::shared_ptr<const CodeSpace> space, const StoredList& stored = {}, std::shared_ptr<const Clusters> clustered = nullptr)
      : id(category), list(std::move(space), stored), clusters(std::move(clustered)) {}
  const CategoryId id;
  RowList list;
  std::shared_ptr<const Clusters> clusters;  // null: in the order of arrival
  std::atomic<size_t> live{0}, dead{0};      // rows
  size_t not_clustered = 0;                  // so many entries could not be clustered when it was tried; under the writer's mutex
};

// All partitions. Immutable: a change is another Directory. Numbers last as long as the Generation.
struct Directory {
  std::shared_ptr<const CodeSpace> space;                // of all lists
  size_t fitted_rows = 0;                                // from how many rows it comes
  std::vector<std::shared_ptr<Partition>> partitions;    // by number; shared with older directories
  std::vector<std::pair<CategoryId, uint32_t>> numbers;  // ascending
  std::optional<uint32_t> find(CategoryId id) const {
    const auto place = std::ranges::lower_bound(numbers, id, {}, &std::pair<CategoryId, uint32_t>::first);
    if (place == numbers.end() || place->first != id) return std::nullopt;
    return place->second;
  }
};

// The arrays that slots and rows live in, until enough of them are dead to copy the living ones into another.
struct Generation {
  explicit Generation(size_t dimension, const StoredArrays& stored = {}, std::unique_ptr<Columns> columns = std::make_unique<Columns>())
      : slots(stored, std::move(columns)), rows(dimension, stored) {}
  Slots slots;
  Rows rows;
};

// What one search sees: never changes but for what is appended beyond `version`.
struct View {
  std::shared_ptr<const Generation> generation;
  std::shared_ptr<const Directory> directory;
  uint32_t version = 0;                  // see Slots
  size_t products = 0, rows = 0;         // living
  size_t all_rows = 0, owned_bytes = 0;  // of the generation
};

}  // namespace nozama
