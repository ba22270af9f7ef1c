// Rows that are scanned together: their codes, and which rows they are. Internal to the index.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "index/append_array.h"
#include "index/scan_kernels.h"
#include "index/slots.h"

namespace nozama {

// Append-only. One writer; any thread reads. Codes come a whole block at a time, so that a block never changes under its
// reader: the last rows, up to a block's, have none yet (`pending`), and are compared by their stored vectors.
class RowList {
 public:
  explicit RowList(size_t dimension) : dimension_(dimension), row_numbers_(1, kBlockRows), codes_(dimension * kBlockRows, 2), scales_(kBlockRows, 2) {}

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
  uint32_t row(size_t entry) const { return row_numbers_[entry]; }
  // Similarities of the rows of a block, from the codes.
  void block_similarities(const ScanKernels& kernels, const QuantisedQuery& query, size_t block, float* similarities) const;

 private:
  void encode_block(const Rows& rows);

  const size_t dimension_;
  AppendArray<uint32_t> row_numbers_;
  AppendArray<uint8_t> codes_;  // by block; see scan_kernels.h
  AppendArray<float> scales_;   // by block; row value ≈ (code - 128) * scale
  std::atomic<size_t> blocks_{0}, entries_{0};
};

}  // namespace nozama
