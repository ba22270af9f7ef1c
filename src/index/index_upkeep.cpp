// The part of EmbeddedIndex that tidies up in the background: what has too many dead rows is copied, codes are fitted to the rows that there
// are, long partitions are clustered.
#include <algorithm>
#include <numeric>
#include <random>

#include "index/clustering.h"
#include "index/embedded_index.h"
#include "index/fixed_point.h"

namespace nozama {
namespace {

// A partition is rewritten when more than a third of its rows are dead, everything when more than half of all slots are; never
// for fewer than this.
constexpr size_t kDeadMin = 256;
// The space of the codes is fitted to the rows that there are, and again whenever there are so many times as many, up to a size
// from which on they vary in the same directions.
constexpr size_t kFitRowsMin = 1024, kFitGrowth = 4, kFitRowsMax = 60'000, kFitSample = 16'384;
// New rows are sorted into the clusters when they are more than one in so many of those that are there.
constexpr size_t kNewRowsPart = 8;
// What changed meanwhile is caught up with beside the writer until so few changes are left; then while it waits.
constexpr size_t kLastChanges = 256;
constexpr int kRoundsMax = 32;

bool to_cluster(const Partition& partition, size_t clustered_from) {
  if (partition.live < clustered_from) return false;
  const size_t clustered = partition.clusters == nullptr ? 0 : partition.clusters->first_blocks.back() * kBlockRows;
  const size_t done = std::max(clustered, partition.not_clustered);
  return (partition.list.extent().entries - done) * kNewRowsPart > done;
}

bool mostly_dead(const Partition& partition) { return partition.dead >= kDeadMin && partition.dead * 2 > partition.live; }

std::vector<float> sample_of(const View& view) {
  const auto& [slots, rows] = *view.generation;
  std::mt19937 random(1);
  std::vector<float> sample;
  for (size_t taken = 0; taken < std::min(kFitSample, view.rows);) {
    const auto row = static_cast<uint32_t>(random() % view.all_rows);
    if (!slots.alive(rows.slot(row), view.version)) continue;
    ++taken;
    if (!rows.intact(row)) continue;
    for (const Fixed number : rows.fixed_row(row)) sample.push_back(from_fixed(number));
  }
  return sample;
}

}  // namespace

// A partition in the place of an old one, with what is alive of its first `entries`.
struct EmbeddedIndex::Rewritten {
  uint32_t number = 0;
  std::shared_ptr<Partition> old;
  size_t entries = 0;
  std::shared_ptr<Partition> fresh = nullptr;  // null: not made yet, or stopped
  size_t rows = 0;                             // of the fresh one, that live or did when they were copied

  void set(std::shared_ptr<Partition> partition) {
    fresh = std::move(partition);
    for (size_t entry = 0; fresh != nullptr && entry < fresh->list.extent().entries; ++entry) rows += fresh->list.row(entry) == kNoRow ? 0 : 1;
  }
  // False when it is at the end of the old one, but for so few.
  bool catch_up(const Rows& all, size_t left) {
    const size_t end = old->list.extent().entries;
    if (end - entries <= left) return false;
    for (; entries < end; ++entries, ++rows) fresh->list.append(old->list.row(entries), all);
    return true;
  }
};

EmbeddedIndex::~EmbeddedIndex() {
  stopping_ = true;
  if (tidier_.joinable()) tidier_.join();
}

EmbeddedIndex::Chore EmbeddedIndex::next_chore() const {
  const size_t slots = contents_.size(), dead = slots - contents_.live_products(), rows = contents_.live_rows();
  if (dead >= kDeadMin && dead * 2 > slots) return {Chore::kCopyAll};
  const Directory& directory = contents_.directory();
  if (rows >= std::max(kFitRowsMin, kFitGrowth * directory.fitted_rows) && directory.fitted_rows < kFitRowsMax) return {Chore::kFitSpace};
  Chore drop{Chore::kDropDead}, cluster{Chore::kCluster};
  for (uint32_t number = 0; number < directory.partitions.size(); ++number) {
    const Partition& partition = *directory.partitions[number];
    if (mostly_dead(partition)) drop.partitions.push_back(number);
    if (cluster.partitions.empty() && to_cluster(partition, clustered_from_)) cluster.partitions.push_back(number);
  }
  if (!drop.partitions.empty()) return drop;
  return cluster.partitions.empty() ? Chore{} : cluster;
}

void EmbeddedIndex::tidy() {
  Lock lock(writer_mutex_);
  while (!stopping_) {
    const Chore chore = next_chore();
    if (chore.kind == Chore::kNone) break;
    switch (chore.kind) {
      case Chore::kNone: break;
      case Chore::kCopyAll: copy_all(lock); break;
      case Chore::kFitSpace: fit_space(lock); break;
      case Chore::kDropDead: drop_dead(chore.partitions, lock); break;
      case Chore::kCluster: cluster(chore.partitions.front(), lock); break;
    }
  }
  tidying_ = false;
  tidied_.notify_all();
}

// The living products into new arrays. The writer notes what it changes meanwhile; those products are copied again.
void EmbeddedIndex::copy_all(Lock& lock) {
  const View view = *this->view();
  IndexContents fresh(dimension_, view.directory->space, view.directory->fitted_rows);
  copying_ = true;
  lock.unlock();
  for (uint32_t slot = 0; slot < view.version && !stopping_; ++slot) {
    if (view.generation->slots.alive(slot, view.version)) fresh.append(record_of(view, slot));
  }
  lock.lock();
  for (int round = 0; !changed_.empty() && !stopping_; ++round) {
    const std::vector<ProductId> changed = std::exchange(changed_, {});
    std::vector<std::optional<uint32_t>> slots;
    for (const ProductId product : changed) slots.push_back(contents_.find(product));
    const View now = contents_.view();
    const bool last = changed.size() <= kLastChanges || round == kRoundsMax;
    if (!last) lock.unlock();
    for (size_t i = 0; i < changed.size(); ++i) {
      if (fresh.end(changed[i], fresh.size() + 1)) fresh.mark_moment();
      if (slots[i]) fresh.append(record_of(now, *slots[i]));
    }
    if (!last) lock.lock();
  }
  copying_ = false;
  changed_.clear();
  if (stopping_) return;
  contents_ = std::move(fresh);
  publish();
}

// What searches see now of these partitions: later rows are caught up with.
std::vector<EmbeddedIndex::Rewritten> EmbeddedIndex::to_rewrite(const View& view, std::span<const uint32_t> numbers) {
  std::vector<Rewritten> partitions;
  for (const uint32_t number : numbers) {
    const auto& old = view.directory->partitions[number];
    partitions.push_back({number, old, old->list.extent().entries});
  }
  return partitions;
}

// Codes fit the rows that there are now; all are made again.
void EmbeddedIndex::fit_space(Lock& lock) {
  const std::shared_ptr<const View> view = this->view();
  std::vector<uint32_t> numbers(view->directory->partitions.size());
  std::iota(numbers.begin(), numbers.end(), 0U);
  std::vector<Rewritten> all = to_rewrite(*view, numbers);
  lock.unlock();
  const std::shared_ptr<const CodeSpace> space = CodeSpace::fit(dimension_, sample_of(*view));
  for (Rewritten& partition : all) partition.set(rewritten(*view, *partition.old, partition.entries, space, stopping_));
  lock.lock();
  take_up(std::move(all), space, view->rows, lock);
}

void EmbeddedIndex::drop_dead(const std::vector<uint32_t>& numbers, Lock& lock) {
  const std::shared_ptr<const View> view = this->view();
  std::vector<Rewritten> some = to_rewrite(*view, numbers);
  lock.unlock();
  for (Rewritten& partition : some) partition.set(rewritten(*view, *partition.old, partition.entries, view->directory->space, stopping_));
  lock.lock();
  take_up(std::move(some), view->directory->space, view->directory->fitted_rows, lock);
}

// A partition that cannot be clustered is tried again when it has grown.
void EmbeddedIndex::cluster(uint32_t number, Lock& lock) {
  const std::shared_ptr<const View> view = this->view();
  std::vector<Rewritten> one = to_rewrite(*view, {&number, 1});
  lock.unlock();
  one[0].set(clustered(*view, *one[0].old, one[0].entries, stopping_));
  lock.lock();
  if (one[0].fresh == nullptr)
    one[0].old->not_clustered = one[0].entries;
  else
    take_up(std::move(one), view->directory->space, view->directory->fitted_rows, lock);
}

// Only this thread replaces partitions, so the old ones are still there. Those that came meanwhile are written too where codes change.
void EmbeddedIndex::take_up(std::vector<Rewritten> partitions, const std::shared_ptr<const CodeSpace>& space, size_t fitted_rows, Lock& lock) {
  if (stopping_) return;
  const bool all = space != contents_.directory().space;
  const auto add_new = [&] {
    const auto& now = contents_.directory().partitions;
    for (auto number = static_cast<uint32_t>(partitions.size()); all && number < now.size(); ++number)
      partitions.push_back({number, now[number], 0, std::make_shared<Partition>(now[number]->id, space)});
  };
  const Rows& rows = contents_.generation().rows;
  bool behind = true;
  for (int round = 0; behind && round < kRoundsMax; ++round) {
    add_new();
    lock.unlock();
    behind = false;
    for (Rewritten& partition : partitions) behind = partition.catch_up(rows, kLastChanges / partitions.size()) || behind;
    lock.lock();
  }
  add_new();
  auto directory = std::make_shared<Directory>(contents_.directory());
  directory->space = space;
  directory->fitted_rows = fitted_rows;
  for (Rewritten& partition : partitions) {
    partition.catch_up(rows, 0);
    partition.fresh->live = partition.old->live.load();
    partition.fresh->dead = partition.rows - partition.fresh->live;
    directory->partitions[partition.number] = partition.fresh;
  }
  contents_.replace(std::move(directory));
  publish();
}

void EmbeddedIndex::settle() {
  Lock lock(writer_mutex_);
  tidied_.wait(lock, [this] { return !tidying_; });
}

}  // namespace nozama
