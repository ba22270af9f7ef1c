// What the index knows of each product and each picture, in the order of arrival. Internal to the index.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/ids.h"
#include "index/append_array.h"
#include "index/columns.h"

namespace nozama {

inline constexpr uint32_t kNoRow = UINT32_MAX;

// One version of one product. An update appends another and ends this one.
struct SlotRecord {
  ProductId product;
  ContentId duplicate_group;
  uint32_t partition = 0;  // its number in the Directory
  uint32_t first_row = 0;  // in Rows; a slot's rows lie side by side
  uint32_t rows = 0;       // 0 = only marks a removal in time
};

// A search reads the published *version* once, which is the number of slots by then, and sees the slots below it that
// have not died by then: so a change of many products is seen whole or not at all, and nobody waits.
class Slots {
 public:
  // The writer's.
  uint32_t append(const SlotRecord& record, const RowAttributes& attributes) {
    records_.append(record);
    columns_.append(attributes);
    died_at_.grow()->store(kAlive, std::memory_order_relaxed);
    return static_cast<uint32_t>(records_.size() - 1);
  }
  // Searches of `version` and later do not see it.
  void end(uint32_t slot, uint32_t version) { died_at_.writable(slot).store(version, std::memory_order_relaxed); }
  uint32_t size() const { return static_cast<uint32_t>(records_.size()); }
  size_t owned_bytes() const { return records_.owned_bytes() + columns_.owned_bytes() + died_at_.owned_bytes(); }

  // Any thread's, for slots below a version that it has read.
  const SlotRecord& operator[](uint32_t slot) const { return records_[slot]; }
  const Columns& columns() const { return columns_; }
  // Any thread's, for every slot.
  bool alive(uint32_t slot, uint32_t version) const {
    if (slot >= version) return false;
    const uint32_t died = died_at_[slot].load(std::memory_order_relaxed);
    return died == kAlive || died > version;
  }

 private:
  static constexpr uint32_t kAlive = 0;
  AppendArray<SlotRecord> records_;
  Columns columns_;
  AppendArray<std::atomic<uint32_t>> died_at_;
};

// The pictures of all slots: which slot they belong to, and their vectors as they are stored (IEEE half).
class Rows {
 public:
  explicit Rows(size_t dimension) : dimension_(dimension), halves_(dimension) {}

  uint32_t append(uint32_t slot, PictureId picture, std::span<const uint16_t> half_row) {
    slots_.append(slot);
    pictures_.append(picture);
    halves_.append(half_row);
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  uint32_t size() const { return static_cast<uint32_t>(slots_.size()); }
  size_t owned_bytes() const { return slots_.owned_bytes() + pictures_.owned_bytes() + halves_.owned_bytes(); }

  size_t dimension() const { return dimension_; }
  uint32_t slot(uint32_t row) const { return slots_[row]; }
  PictureId picture(uint32_t row) const { return pictures_[row]; }
  std::span<const uint16_t> half_row(uint32_t row) const { return {halves_.at(row), dimension_}; }

 private:
  const size_t dimension_;
  AppendArray<uint32_t> slots_;
  AppendArray<PictureId> pictures_;
  AppendArray<uint16_t> halves_;
};

}  // namespace nozama
