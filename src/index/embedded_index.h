// The index inside the program: rows by partition, 8-bit codes scanned, half-precision rows re-ranked.
#pragma once

#include <map>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "index/partition.h"
#include "index/vector_index.h"

namespace nozama {

class EmbeddedIndex final : public VectorIndex {
 public:
  explicit EmbeddedIndex(size_t dimension) : dimension_(dimension) {}

  size_t dimension() const override { return dimension_; }
  Status upsert(std::span<const IndexedProduct> products) override;
  void remove(std::span<const ProductId> products) override;
  Result<std::vector<Neighbour>> search(const NeighbourQuery& query) const override;
  IndexStats stats() const override;
  std::vector<CategoryId> partitions() const override;
  Status save(const std::filesystem::path& path, const IndexStamp& stamp) const override;

  // A product as it is stored; the same for a snapshot and for a live upsert.
  struct StoredProduct {
    ProductId product;
    CategoryId partition;
    RowAttributes attributes;
    std::vector<PictureId> pictures;
    std::vector<uint16_t> halves;  // pictures × dimension
    ContentId duplicate_group = {};
  };
  // Unchecked: callers have validated the numbers.
  void store(StoredProduct product);

 private:
  struct Slot {
    ProductId product;
    CategoryId partition;
    RowAttributes attributes;
    std::vector<uint32_t> rows;
    ContentId duplicate_group = {};
    bool alive = true;
  };
  struct Found;
  struct Scan;

  void erase_slot(uint32_t slot);
  void compact(CategoryId id);
  std::vector<uint8_t> allowed_slots(const NeighbourQuery& query) const;
  std::vector<Neighbour> ranked(const NeighbourQuery& query, std::vector<Found> found) const;
  std::vector<Found> scan_codes(const Scan& scan, size_t keep, bool& complete) const;
  std::vector<Found> scan_exactly(const Scan& scan) const;

  const size_t dimension_;
  mutable std::shared_mutex mutex_;  // searches share it; a write holds it for one product at a time
  std::map<CategoryId, Partition> partitions_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::unordered_map<ProductId, uint32_t> slot_of_;
};

}  // namespace nozama
