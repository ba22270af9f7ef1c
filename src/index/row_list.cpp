#include "index/row_list.h"

#include <algorithm>
#include <vector>

#include "index/fixed_point.h"

namespace nozama {
namespace {

// A list of up to half a million rows is checked as a whole when a search first reads it, which takes less than 0.1 s; of a longer one,
// what a search reads.
constexpr size_t kBlocksCheckedAtOnce = 1 << 15;

}  // namespace

RowList::RowList(std::shared_ptr<const CodeSpace> space, const StoredList& stored)
    : space_(std::move(space)),
      stored_(stored),
      row_numbers_(1, kBlockRows, stored.row_numbers),
      heads_(space_->head_bytes() * kBlockRows, 2, stored.heads),
      tails_(space_->tail_bytes() * kBlockRows, 2, stored.tails),
      errors_(1, 2, stored.errors),
      blocks_(errors_.size()),
      entries_(row_numbers_.size()) {}

bool RowList::intact(size_t first, size_t end) const {
  const size_t stored = stored_.errors.size(), head = kBlockRows * space_->head_bytes(), tail = kBlockRows * space_->tail_bytes();
  if (first >= stored || checked_.load(std::memory_order_relaxed)) return true;
  end = std::min(end, stored);
  if (stored <= kBlocksCheckedAtOnce) first = 0, end = stored;
  const SnapshotBytes& file = *stored_.file;
  const size_t blocks = end - first;
  const bool intact = file.intact(stored_.heads.data() + first * head, blocks * head) && file.intact(stored_.tails.data() + first * tail, blocks * tail) &&
                      file.intact(stored_.errors.data() + first, blocks * sizeof(BlockErrors));
  if (intact && blocks == stored) checked_.store(true, std::memory_order_relaxed);
  return intact;
}

void RowList::append(uint32_t row, const Rows& rows) {
  row_numbers_.append(row);
  if (row_numbers_.size() % kBlockRows == 0) encode_block(rows);
  entries_.store(row_numbers_.size(), std::memory_order_release);
}

void RowList::seal(const Rows& rows) {
  while (row_numbers_.size() % kBlockRows != 0) append(kNoRow, rows);
}

void RowList::encode_block(const Rows& rows) {
  const size_t dimension = rows.dimension(), first = row_numbers_.size() - kBlockRows;
  std::vector<float> values(kBlockRows * dimension);
  for (size_t lane = 0; lane < kBlockRows; ++lane) {
    const uint32_t row = row_numbers_[first + lane];
    if (row == kNoRow || !rows.intact(row)) continue;
    const auto numbers = rows.fixed_row(row);
    for (size_t j = 0; j < dimension; ++j) values[lane * dimension + j] = from_fixed(numbers[j]);
  }
  uint8_t* heads = heads_.grow();
  uint8_t* tails = tails_.grow();
  space_->encode(values, heads, tails, *errors_.grow());
  blocks_.store(errors_.size(), std::memory_order_release);
}

size_t RowList::bytes() const {
  const Extent now = extent();
  return now.entries * sizeof(uint32_t) + now.blocks * (kBlockRows * (space_->head_bytes() + space_->tail_bytes()) + sizeof(BlockErrors));
}

}  // namespace nozama
