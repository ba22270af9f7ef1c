// Which slots fulfil a filter.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

// One bit a slot: 1,000,000 slots are 125 KB, which one core reads in about 5 µs; a compressed bitmap would save nothing then.
class SlotSet {
 public:
  SlotSet() = default;
  explicit SlotSet(size_t size) : words_((size + 63) / 64), size_(size) {}
  SlotSet(std::vector<uint64_t> words, size_t size) : words_(std::move(words)), size_(size) {
    for (const uint64_t word : words_) count_ += static_cast<size_t>(std::popcount(word));
    if (count_ * kSparse > size_) return;
    listed_.reserve(count_);
    for_each_bit([this](uint32_t slot) { listed_.push_back(slot); });
  }

  size_t size() const { return size_; }  // slots that were asked; no slot from here on is in the set
  size_t count() const { return count_; }
  bool contains(uint32_t slot) const { return slot < size_ && (words_[slot / 64] >> slot % 64 & 1) != 0; }
  void insert(uint32_t slot) {
    listed_.clear();
    count_ += contains(slot) ? 0 : 1;
    words_[slot / 64] |= uint64_t{1} << slot % 64;
  }

  // Bit i of word w is slot 64 w + i.
  std::span<const uint64_t> words() const { return words_; }

  // Ascending; where the set keeps no list, one is made in `room`.
  std::span<const uint32_t> listed(std::vector<uint32_t>& room) const {
    if (!listed_.empty()) return listed_;
    room.reserve(count_);
    for_each_bit([&room](uint32_t slot) { room.push_back(slot); });
    return room;
  }

  // Ascending.
  template <class Function>
  void for_each(Function&& function) const {
    if (listed_.empty()) return for_each_bit(function);
    for (const uint32_t slot : listed_) function(slot);
  }

 private:
  static constexpr size_t kSparse = 32;  // the list is no longer than the bits then

  template <class Function>
  void for_each_bit(Function&& function) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t word = words_[w]; word != 0; word &= word - 1) function(static_cast<uint32_t>(64 * w + static_cast<size_t>(std::countr_zero(word))));
    }
  }

  std::vector<uint64_t> words_;
  std::vector<uint32_t> listed_;  // the same slots, where few of many are in a finished set: no bit to look for
  size_t size_ = 0, count_ = 0;
};

}  // namespace nozama
