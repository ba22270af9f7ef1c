#include "index/index_contents.h"

#include <algorithm>
#include <ranges>

namespace nozama {

IndexContents::IndexContents(size_t dimension, std::shared_ptr<const CodeSpace> space, size_t fitted_rows)
    : generation_(std::make_shared<Generation>(dimension)), directory_(std::make_shared<Directory>(Directory{std::move(space), fitted_rows, {}, {}})) {}

IndexContents::IndexContents(std::shared_ptr<Generation> generation, std::shared_ptr<Directory> directory)
    : generation_(std::move(generation)), directory_(std::move(directory)), live_products_(generation_->slots.size()), live_rows_(generation_->rows.size()) {}

void IndexContents::append(const IndexRecord& record) {
  const auto pictures = static_cast<uint32_t>(record.pictures.size());
  if (pictures == 0) return;
  const uint32_t number = number_of(record.partition);
  Partition& partition = *directory_->partitions[number];
  Rows& rows = generation_->rows;
  const uint32_t slot = generation_->slots.append({record.product, record.duplicate_group}, number, rows.size() + pictures, record.attributes);
  const size_t dimension = rows.dimension();
  for (size_t i = 0; i < pictures; ++i) {
    const std::span<const Fixed> fixed_row(record.vectors.data() + i * dimension, dimension);
    partition.list.append(rows.append(slot, record.pictures[i], fixed_row), rows);
  }
  partition.live += pictures;
  live_rows_ += pictures;
  ++live_products_;
  slot_of_[record.product] = slot;
}

void IndexContents::mark_moment() { generation_->slots.append({}, 0, generation_->rows.size(), {}); }

std::optional<uint32_t> IndexContents::find(ProductId product) const {
  const Slots& slots = generation_->slots;
  if (const auto entry = slot_of_.find(product); entry != slot_of_.end()) return entry->second;
  const auto stored = std::views::iota(uint32_t{0}, slots.stored_size());
  const auto place = std::ranges::lower_bound(stored, product, {}, [&slots](uint32_t slot) { return slots[slot].product; });
  if (place == stored.end() || slots[*place].product != product || !slots.alive(*place, UINT32_MAX)) return std::nullopt;
  return *place;
}

bool IndexContents::end(ProductId product, uint32_t version) {
  const std::optional<uint32_t> slot = find(product);
  if (!slot) return false;
  const uint32_t number = generation_->slots.partition(*slot), rows = generation_->slots.rows(*slot);
  generation_->slots.end(*slot, version);
  slot_of_.erase(product);
  Partition& partition = *directory_->partitions[number];
  partition.live -= rows;
  partition.dead += rows;
  live_rows_ -= rows;
  --live_products_;
  return true;
}

uint32_t IndexContents::number_of(CategoryId partition) {
  if (const auto number = directory_->find(partition)) return *number;
  directory_ = std::make_shared<Directory>(*directory_);
  const auto number = static_cast<uint32_t>(directory_->partitions.size());
  directory_->partitions.push_back(std::make_shared<Partition>(partition, directory_->space));
  const std::pair entry(partition, number);
  directory_->numbers.insert(std::ranges::upper_bound(directory_->numbers, entry), entry);
  return number;
}

View IndexContents::view() const {
  const size_t owned_bytes = generation_->slots.owned_bytes() + generation_->rows.owned_bytes();
  return {generation_, directory_, generation_->slots.size(), live_products_, live_rows_, generation_->rows.size(), owned_bytes};
}

IndexRecord record_of(const View& view, uint32_t slot) {
  const auto& [slots, rows] = *view.generation;
  const auto& [product, group] = slots[slot];
  IndexRecord record{product, view.directory->partitions[slots.partition(slot)]->id, slots.columns().row(slot), {}, {}, group};
  const uint32_t first = slots.first_row(slot), end = first + slots.rows(slot);
  for (uint32_t row = first; row < end; ++row) {
    (void)rows.intact(row);  // or else every search fails from here on
    record.pictures.push_back(rows.picture(row));
    const auto vectors = rows.fixed_row(row);
    record.vectors.insert(record.vectors.end(), vectors.begin(), vectors.end());
  }
  return record;
}

}  // namespace nozama
