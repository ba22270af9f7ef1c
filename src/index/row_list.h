// Rows that are scanned together: their codes, and which rows they are. Internal to the index.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "index/append_array.h"
#include "index/row_codes.h"
#include "index/slots.h"

namespace nozama {

// Whole blocks that lie in a snapshot: what a RowList begins with.
struct StoredList {
  std::shared_ptr<const SnapshotBytes> file;
  std::span<const uint32_t> row_numbers;
  std::span<const uint8_t> heads, tails;
  std::span<const BlockErrors> errors;
};

// Append-only. One writer; any thread reads. Codes come a whole block at a time, so that a block never changes under its
// reader: the last rows, fewer than a block, have none yet (`pending`), and are compared by their stored vectors.
class RowList {
 public:
  // `space` is shared by all lists that were encoded since it was fitted.
  explicit RowList(std::shared_ptr<const CodeSpace> space, const StoredList& stored = {});

  // The writer's.
  void append(uint32_t row, const Rows& rows);
  void seal(const Rows& rows);  // codes for all: the last block is filled with kNoRow

  // Any thread's. Entries below blocks × kBlockRows have codes; those from there to `entries` are pending.
  struct Extent {
    size_t blocks = 0, entries = 0;
  };
  Extent extent() const {
    const size_t blocks = blocks_.load(std::memory_order_acquire);
    return {blocks, entries_.load(std::memory_order_acquire)};
  }
  size_t bytes() const;
  // False when the codes of these blocks lie in a damaged part of the snapshot, which then says so: see SnapshotBytes. Before they
  // are read.
  bool intact(size_t first, size_t end) const;
  uint32_t row(size_t entry) const { return row_numbers_[entry]; }
  // Of a block, followed in memory by those of the next run(block) - 1.
  const uint8_t* heads(size_t block) const { return heads_.at(block); }
  const BlockErrors* errors(size_t block) const { return errors_.at(block); }
  const uint8_t* tails(size_t block) const { return tails_.at(block); }
  size_t run(size_t block) const { return errors_.run(block); }
  const uint8_t* tail(size_t entry) const { return tails_.at(entry / kBlockRows) + entry % kBlockRows * space_->tail_bytes(); }
  const CodeSpace& space() const { return *space_; }

 private:
  void encode_block(const Rows& rows);

  const std::shared_ptr<const CodeSpace> space_;
  const StoredList stored_;
  mutable std::atomic<bool> checked_{false};  // all of it
  AppendArray<uint32_t> row_numbers_;
  AppendArray<uint8_t> heads_, tails_;  // by block; see code_kernels.h
  AppendArray<BlockErrors> errors_;
  std::atomic<size_t> blocks_{0}, entries_{0};
};

}  // namespace nozama
