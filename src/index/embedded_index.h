// The index inside the program: rows by partition, codes scanned, stored rows compared.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "index/index_contents.h"
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

  // Seen by searches all at once. Unchecked: callers have validated the numbers.
  void store(std::span<const IndexRecord> records);

 private:
  Result<std::vector<Neighbour>> search_in(const View& view, const NeighbourQuery& query) const;
  Result<SlotSet> found_slots(const View& view, const NeighbourQuery& query) const;
  std::shared_ptr<const View> view() const;
  void publish();

  // What the background does: all of it makes searches quicker or takes space back, and none of it changes an answer. A writer waits
  // for the last few hundred changes to be caught up with, not for the work.
  struct Chore {
    enum Kind { kNone, kCopyAll, kFitSpace, kDropDead, kCluster };
    Kind kind = kNone;
    std::vector<uint32_t> partitions = {};  // their numbers
  };
  using Lock = std::unique_lock<std::mutex>;
  Chore next_chore() const;
  void tidy();
  void copy_all(Lock& lock);
  void fit_space(Lock& lock);
  void drop_dead(const std::vector<uint32_t>& numbers, Lock& lock);
  void cluster(uint32_t number, Lock& lock);
  struct Rewritten;
  static std::vector<Rewritten> to_rewrite(const View& view, std::span<const uint32_t> numbers);
  void take_up(std::vector<Rewritten> partitions, const std::shared_ptr<const CodeSpace>& space, size_t fitted_rows, Lock& lock);

  const size_t dimension_;
  const size_t clustered_from_ = kClusteredFrom;
  const std::shared_ptr<const SnapshotBytes> snapshot_;  // null: none was loaded

  std::mutex writer_mutex_;  // of everything below but view_
  IndexContents contents_;
  std::vector<std::shared_ptr<const View>> former_views_;  // freed by the writer, not in the middle of a search

  // One thread tidies up while everything goes on; it starts when there is something to do.
  std::thread tidier_;
  std::condition_variable tidied_;  // with writer_mutex_
  bool tidying_ = false;            // it is at work
  bool copying_ = false;            // everything: what changes is noted in changed_
  std::vector<ProductId> changed_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex view_mutex_;
  std::shared_ptr<const View> view_;
};

}  // namespace nozama
