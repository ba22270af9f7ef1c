// The part of EmbeddedIndex that clusters long partitions in the background.
#include <algorithm>

#include "index/clustering.h"
#include "index/embedded_index.h"

namespace nozama {
namespace {

// New rows are sorted into the clusters when they are more than one in so many of those that are there.
constexpr size_t kNewRowsPart = 8;

}  // namespace

EmbeddedIndex::~EmbeddedIndex() {
  stopping_ = true;
  if (clusterer_.joinable()) clusterer_.join();
}

std::optional<uint32_t> EmbeddedIndex::next_to_cluster(const Directory& directory) const {
  for (uint32_t number = 0; number < directory.partitions.size(); ++number) {
    const Partition& partition = *directory.partitions[number];
    if (partition.live < clustered_from_) continue;
    const size_t clustered = partition.clusters == nullptr ? 0 : partition.clusters->first_blocks.back() * kBlockRows;
    const size_t done = std::max(clustered, partition.not_clustered);
    if ((partition.list.extent().entries - done) * kNewRowsPart > done) return number;
  }
  return std::nullopt;
}

void EmbeddedIndex::cluster_in_background() {
  std::unique_lock lock(writer_mutex_);
  while (!stopping_) {
    const auto number = next_to_cluster(*directory_);
    if (!number) break;
    cluster(*number, lock);
  }
  clustering_ = false;
  clustering_changed_.notify_all();
}

// Without the lock while it computes. Rows that came and died meanwhile are brought up to date at the end; when everything was
// rewritten meanwhile, the work was in vain. A partition that cannot be clustered is tried again when it has grown.
void EmbeddedIndex::cluster(uint32_t number, std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<const View> view = this->view();
  const std::shared_ptr<Partition> old = directory_->partitions[number];
  const size_t entries = old->list.extent().entries;
  lock.unlock();
  const std::shared_ptr<Partition> fresh = clustered(*view, *old, entries, stopping_);
  lock.lock();
  if (fresh == nullptr) {
    old->not_clustered = entries;
    return;
  }
  if (generation_ != view->generation || directory_->partitions[number] != old) return;
  size_t rows = 0;
  for (size_t entry = 0; entry < fresh->list.extent().entries; ++entry) rows += fresh->list.row(entry) == kNoRow ? 0 : 1;
  for (size_t entry = entries; entry < old->list.extent().entries; ++entry, ++rows) fresh->list.append(old->list.row(entry), generation_->rows);
  fresh->live = old->live.load();
  fresh->dead = rows - fresh->live;
  directory_ = std::make_shared<Directory>(*directory_);
  directory_->partitions[number] = fresh;
  publish();
}

void EmbeddedIndex::settle() {
  std::unique_lock lock(writer_mutex_);
  clustering_changed_.wait(lock, [this] { return !clustering_; });
}

}  // namespace nozama
