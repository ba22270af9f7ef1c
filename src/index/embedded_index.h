// The index inside the program: rows by partition, codes scanned, half-precision rows compared.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "index/partition.h"
#include "index/vector_index.h"

namespace nozama {

// One writer at a time changes the newest Generation and Directory and then publishes a View of them. A search takes the View
// (a mutex is held for the copy of one pointer) and never waits for a writer; what it holds lives until it ends.
class EmbeddedIndex final : public VectorIndex {
 public:
  // `clustered_from`: rows from which a partition is clustered.
  explicit EmbeddedIndex(size_t dimension, size_t clustered_from = kClusteredFrom);
  ~EmbeddedIndex() override;  // stops the work in the background
  // Of a snapshot that has been checked: every slot is alive.
  EmbeddedIndex(std::shared_ptr<const SnapshotBytes> snapshot, std::shared_ptr<Generation> generation, std::shared_ptr<Directory> directory);

  // Where a search through clusters takes less time than the scan of all rows.
  static constexpr size_t kClusteredFrom = 40'000;

  size_t dimension() const override { return dimension_; }
  Status upsert(std::span<const IndexedProduct> products) override;
  void remove(std::span<const ProductId> products) override;
  Result<std::vector<Neighbour>> search(const NeighbourQuery& query) const override;
  Result<std::vector<std::vector<Neighbour>>> search_many(std::span<const NeighbourQuery> queries) const override;
  Result<BothModes> search_in_both_modes(const NeighbourQuery& query) const override;
  Result<FacetCounts> count(const NeighbourQuery& query, std::span<const FacetRequest> facets) const override;
  Result<std::vector<ProductId>> list(const NeighbourQuery& query, const ListOrder& order) const override;
  IndexStats stats() const override;
  std::vector<ColumnSpec> columns() const override { return view()->generation->slots.columns().specs(); }
  std::vector<CategoryId> partitions() const override;
  Status health() const override;
  void settle() override;
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
  // Seen by searches all at once. Unchecked: callers have validated the numbers.
  void store(std::span<StoredProduct> products);

 private:
  Result<std::vector<Neighbour>> search_in(const View& view, const NeighbourQuery& query) const;
  Result<SlotSet> found_slots(const View& view, const NeighbourQuery& query) const;
  std::shared_ptr<const View> view() const;
  void append(StoredProduct& product, uint32_t version);
  void mark_moment();
  std::optional<uint32_t> find(ProductId product) const;
  bool end(ProductId product, uint32_t version);
  uint32_t number_of(CategoryId partition);
  void publish();
  void take_back_space();
  void rewrite_partition(uint32_t number);
  std::optional<uint32_t> next_to_cluster(const Directory& directory) const;
  void cluster_in_background();
  void cluster(uint32_t number, std::unique_lock<std::mutex>& lock);
  void rewrite_generation();
  void fit_space();

  const size_t dimension_;
  const size_t clustered_from_ = kClusteredFrom;
  const std::shared_ptr<const SnapshotBytes> snapshot_;  // null: none was loaded

  std::mutex writer_mutex_;  // of everything below but view_
  std::shared_ptr<Generation> generation_;
  std::shared_ptr<Directory> directory_;             // the newest; copied before it changes, as Views hold it
  std::unordered_map<ProductId, uint32_t> slot_of_;  // but for the slots of the snapshot, which are in order
  size_t live_products_ = 0, live_rows_ = 0;
  std::vector<uint32_t> shrunk_;                           // partitions in which rows have died since the last look
  std::vector<std::shared_ptr<const View>> former_views_;  // freed by the writer, not in the middle of a search

  // One thread clusters long partitions while everything goes on; it starts when the first is long.
  std::thread clusterer_;
  std::condition_variable clustering_changed_;  // with writer_mutex_
  bool clustering_ = false;                     // it is at work
  std::atomic<bool> stopping_{false};

  mutable std::mutex view_mutex_;
  std::shared_ptr<const View> view_;
};

}  // namespace nozama
