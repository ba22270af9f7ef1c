// The rows of one category. Internal to the index; not thread-safe by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "index/scan_kernels.h"

namespace nozama {

struct RowId {
  ProductId product;
  PictureId picture;
  uint32_t slot = 0;  // of the product, in EmbeddedIndex
};

// A candidate of the scan: its row, and its approximate similarity.
struct Candidate {
  uint32_t row = 0;
  float similarity = 0;
};

class Partition {
 public:
  explicit Partition(size_t dimension) : dimension_(dimension) {}

  uint32_t append(RowId id, std::span<const uint16_t> half_row);
  void erase(uint32_t row);  // the row stays, and is skipped

  size_t rows() const { return ids_.size(); }
  size_t deleted() const { return deleted_; }
  bool alive(uint32_t row) const { return alive_[row] != 0; }
  RowId id(uint32_t row) const { return ids_[row]; }
  std::span<const uint16_t> half_row(uint32_t row) const { return {halves_.data() + row * dimension_, dimension_}; }
  size_t bytes() const;

  // Similarities of the 16 rows of a block, from the codes.
  void block_similarities(const ScanKernels& kernels, const QuantisedQuery& query, size_t block, float* similarities) const;
  size_t blocks() const { return (rows() + kBlockRows - 1) / kBlockRows; }

 private:
  void write_codes(uint32_t row, std::span<const float> values);

  size_t dimension_;
  std::vector<RowId> ids_;
  std::vector<uint8_t> alive_;
  std::vector<uint16_t> halves_;  // rows × dimension, IEEE half: the vectors as they are stored
  std::vector<uint8_t> codes_;    // blocks of 16 rows; see scan_kernels.h
  std::vector<float> scales_;     // row value ≈ (code - 128) * scale
  size_t deleted_ = 0;
};

}  // namespace nozama
