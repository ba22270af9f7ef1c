// What the index knows of each product and each picture, in the order of arrival. Internal to the index.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "base/ids.h"
#include "index/append_array.h"
#include "index/columns.h"
#include "index/fixed_point.h"
#include "index/snapshot_bytes.h"

namespace nozama {

inline constexpr uint32_t kNoRow = UINT32_MAX;

// One version of one product. An update appends another and ends this one.
struct SlotIdentity {
  ProductId product;
  ContentId duplicate_group;
};

// Slots and rows that lie in a snapshot: what a Generation begins with. Lengths fit each other.
struct StoredArrays {
  std::shared_ptr<const SnapshotBytes> file;
  std::span<const SlotIdentity> identities;   // products ascending
  std::span<const uint32_t> partitions;       // a slot's number in the Directory
  std::span<const uint32_t> first_rows;       // one more than slots: a slot's rows lie side by side
  std::span<const uint32_t> narrow_pictures;  // ids, or
  std::span<const PictureId> pictures;        // where they need more than 32 bits
  std::span<const Fixed> vectors;
};

// A search reads the published *version* once, which is the number of slots by then, and sees the slots below it that
// have not died by then: so a change of many products is seen whole or not at all, and nobody waits.
class Slots {
 public:
  explicit Slots(const StoredArrays& stored = {}, std::unique_ptr<Columns> columns = std::make_unique<Columns>());

  // The writer's. `rows_end`: Rows::size() once the slot's rows are there; a slot without rows only marks a moment.
  uint32_t append(const SlotIdentity& identity, uint32_t partition, uint32_t rows_end, const RowAttributes& attributes);
  // Searches of `version` and later do not see it.
  void end(uint32_t slot, uint32_t version) { died_at_.writable(slot).store(version, std::memory_order_relaxed); }
  uint32_t size() const { return static_cast<uint32_t>(identities_.size()); }
  uint32_t stored_size() const { return stored_size_; }
  size_t owned_bytes() const {
    return identities_.owned_bytes() + partitions_.owned_bytes() + first_rows_.owned_bytes() + columns_->owned_bytes() + size() * sizeof(uint32_t);
  }

  // Any thread's, for slots below a version that it has read.
  const SlotIdentity& operator[](uint32_t slot) const { return identities_[slot]; }
  uint32_t partition(uint32_t slot) const { return partitions_[slot]; }
  uint32_t first_row(uint32_t slot) const { return first_rows_[slot]; }
  uint32_t rows(uint32_t slot) const { return first_rows_[slot + 1] - first_rows_[slot]; }
  const Columns& columns() const { return *columns_; }
  // Before alive(), partition() and rows() of a slot that is far from the last one.
  void prefetch(uint32_t slot) const {
    __builtin_prefetch(&died_at_[slot]);
    __builtin_prefetch(&partitions_[slot]);
    __builtin_prefetch(&first_rows_[slot]);
  }
  // Any thread's, for every slot.
  bool alive(uint32_t slot, uint32_t version) const {
    if (slot >= version) return false;
    const uint32_t died = died_at_[slot].load(std::memory_order_relaxed);
    return died == kAlive || died > version;
  }

 private:
  static constexpr uint32_t kAlive = 0;
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  const uint32_t stored_size_;
  // From calloc(): of ten million slots that nobody ends, no page is touched.
  std::unique_ptr<std::atomic<uint32_t>, Free> stored_died_at_;
  AppendArray<SlotIdentity> identities_;
  AppendArray<uint32_t> partitions_, first_rows_;
  const std::unique_ptr<Columns> columns_;
  AppendArray<std::atomic<uint32_t>> died_at_;
};

// The pictures of all slots: which slot they belong to, and their vectors as they are stored (fixed_point.h).
class Rows {
 public:
  explicit Rows(size_t dimension, const StoredArrays& stored = {});

  // The writer's.
  uint32_t append(uint32_t slot, PictureId picture, std::span<const Fixed> fixed_row);
  uint32_t size() const { return static_cast<uint32_t>(numbers_.size()); }
  size_t owned_bytes() const { return size() * sizeof(uint32_t) + pictures_.owned_bytes() + numbers_.owned_bytes(); }

  size_t dimension() const { return dimension_; }
  uint32_t slot(uint32_t row) const { return slots_[row]; }
  PictureId picture(uint32_t row) const { return row < narrow_pictures_.size() ? PictureId{narrow_pictures_[row]} : pictures_[row - narrow_pictures_.size()]; }
  std::span<const Fixed> fixed_row(uint32_t row) const { return {numbers_.at(row), dimension_}; }
  // False when the row lies in a damaged part of the snapshot, which then says so: see SnapshotBytes.
  bool intact(uint32_t row) const { return row >= stored_size_ || file_->intact(numbers_.at(row), dimension_ * sizeof(Fixed)); }

 private:
  const size_t dimension_;
  const std::shared_ptr<const SnapshotBytes> file_;
  const uint32_t stored_size_;
  const std::vector<uint32_t> stored_slots_;
  const std::span<const uint32_t> narrow_pictures_;
  AppendArray<uint32_t> slots_;
  AppendArray<PictureId> pictures_;
  AppendArray<Fixed> numbers_;
};

}  // namespace nozama
