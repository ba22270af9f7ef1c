#include "index/row_list.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/half.h"

namespace nozama {
namespace {

// 8-bit codes of one row into its lane of a block; the scale that they are in.
float write_codes(std::span<const uint16_t> half_row, uint8_t* block, size_t lane) {
  std::vector<float> values(half_row.size());
  float largest = 0;
  for (size_t j = 0; j < values.size(); ++j) {
    values[j] = half_to_float(half_row[j]);
    largest = std::max(largest, std::abs(values[j]));
  }
  const float scale = largest / 127;
  for (size_t j = 0; j < values.size(); ++j) {
    const long code = scale > 0 ? std::lround(values[j] / scale) : 0;
    block[(j / 4 * kBlockRows + lane) * 4 + j % 4] = static_cast<uint8_t>(code + 128);
  }
  return scale;
}

}  // namespace

void RowList::append(uint32_t row, const Rows& rows) {
  row_numbers_.append(row);
  entries_.store(row_numbers_.size(), std::memory_order_release);
  if (row_numbers_.size() % kBlockRows == 0) encode_block(rows);
}

void RowList::seal(const Rows& rows) {
  while (row_numbers_.size() % kBlockRows != 0) append(kNoRow, rows);
}

void RowList::encode_block(const Rows& rows) {
  uint8_t* codes = codes_.grow();
  float* scales = scales_.grow();
  std::fill_n(codes, dimension_ * kBlockRows, uint8_t{128});
  const size_t block = codes_.size() - 1;
  for (size_t lane = 0; lane < kBlockRows; ++lane) {
    const uint32_t row = row_numbers_[block * kBlockRows + lane];
    scales[lane] = row == kNoRow ? 0 : write_codes(rows.half_row(row), codes, lane);
  }
  blocks_.store(block + 1, std::memory_order_release);
}

size_t RowList::bytes() const {
  const Extent now = extent();
  return now.entries * sizeof(uint32_t) + now.blocks * kBlockRows * (dimension_ + sizeof(float));
}

void RowList::block_similarities(const ScanKernels& kernels, const QuantisedQuery& query, size_t block, float* similarities) const {
  int32_t dots[kBlockRows];
  kernels.block_dots(codes_.at(block), query, dots);
  const float* scales = scales_.at(block);
  const int32_t offset = 128 * query.sum;
  for (size_t i = 0; i < kBlockRows; ++i) similarities[i] = static_cast<float>(dots[i] - offset) * scales[i] * query.scale;
}

}  // namespace nozama
