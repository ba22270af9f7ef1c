#include "index/slots.h"

#include <new>

namespace nozama {
namespace {

std::atomic<uint32_t>* all_alive(size_t slots) {
  void* memory = std::calloc(slots + 1, sizeof(std::atomic<uint32_t>));
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<std::atomic<uint32_t>*>(memory);
}

std::vector<uint32_t> slots_of_rows(std::span<const uint32_t> first_rows) {
  if (first_rows.empty()) return {};
  std::vector<uint32_t> slots(first_rows.back());
  for (uint32_t slot = 0; slot + 1 < first_rows.size(); ++slot) {
    for (uint32_t row = first_rows[slot]; row < first_rows[slot + 1]; ++row) slots[row] = slot;
  }
  return slots;
}

}  // namespace

Slots::Slots(const StoredArrays& stored, std::unique_ptr<Columns> columns)
    : stored_size_(static_cast<uint32_t>(stored.identities.size())),
      stored_died_at_(all_alive(stored_size_)),
      identities_(1, 64, stored.identities),
      partitions_(1, 64, stored.partitions),
      first_rows_(1, 64, stored.first_rows),
      columns_(std::move(columns)),
      died_at_(1, 64, {stored_died_at_.get(), stored_size_}) {
  if (stored.first_rows.empty()) first_rows_.append(0);
}

uint32_t Slots::append(const SlotIdentity& identity, uint32_t partition, uint32_t rows_end, const RowAttributes& attributes) {
  identities_.append(identity);
  partitions_.append(partition);
  first_rows_.append(rows_end);
  columns_->append(attributes);
  died_at_.grow()->store(kAlive, std::memory_order_relaxed);
  return size() - 1;
}

Rows::Rows(size_t dimension, const StoredArrays& stored)
    : dimension_(dimension),
      file_(stored.file),
      stored_size_(static_cast<uint32_t>(stored.vectors.size() / dimension)),
      stored_slots_(slots_of_rows(stored.first_rows)),
      narrow_pictures_(stored.narrow_pictures),
      slots_(1, 64, stored_slots_),
      pictures_(1, 64, stored.pictures),
      numbers_(dimension, 64, stored.vectors) {}

uint32_t Rows::append(uint32_t slot, PictureId picture, std::span<const Fixed> fixed_row) {
  slots_.append(slot);
  pictures_.append(picture);
  numbers_.append(fixed_row);
  return size() - 1;
}

}  // namespace nozama
