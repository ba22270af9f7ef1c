#include "index/partition.h"

#include <algorithm>
#include <cmath>

#include "base/half.h"

namespace nozama {

uint32_t Partition::append(RowId id, std::span<const uint16_t> half_row) {
  const auto row = static_cast<uint32_t>(ids_.size());
  ids_.push_back(id);
  alive_.push_back(1);
  halves_.insert(halves_.end(), half_row.begin(), half_row.end());
  scales_.push_back(0);
  if (row % kBlockRows == 0) codes_.resize(codes_.size() + kBlockRows * dimension_, 128);
  std::vector<float> values(dimension_);
  for (size_t j = 0; j < dimension_; ++j) values[j] = half_to_float(half_row[j]);
  write_codes(row, values);
  return row;
}

void Partition::erase(uint32_t row) {
  if (alive_[row] == 0) return;
  alive_[row] = 0;
  ++deleted_;
}

void Partition::write_codes(uint32_t row, std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const float scale = largest / 127;
  scales_[row] = scale;
  uint8_t* block = codes_.data() + row / kBlockRows * kBlockRows * dimension_;
  const size_t lane = row % kBlockRows;
  for (size_t j = 0; j < dimension_; ++j) {
    const long code = scale > 0 ? std::lround(values[j] / scale) : 0;
    block[(j / 4 * kBlockRows + lane) * 4 + j % 4] = static_cast<uint8_t>(code + 128);
  }
}

void Partition::block_similarities(const ScanKernels& kernels, const QuantisedQuery& query, size_t block, float* similarities) const {
  int32_t dots[kBlockRows];
  kernels.block_dots(codes_.data() + block * kBlockRows * dimension_, query, dots);
  const size_t first = block * kBlockRows;
  const size_t count = std::min(kBlockRows, rows() - first);
  const int32_t offset = 128 * query.sum;
  for (size_t i = 0; i < count; ++i) similarities[i] = static_cast<float>(dots[i] - offset) * scales_[first + i] * query.scale;
}

size_t Partition::bytes() const {
  return ids_.capacity() * sizeof(RowId) + alive_.capacity() + halves_.capacity() * 2 + codes_.capacity() + scales_.capacity() * 4;
}

}  // namespace nozama
