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
  SlotSet(std::vector<uint64_t> words, size_t size) : words_(std::move(words)), size_(size) {}

  size_t size() const { return size_; }  // slots that were asked; no slot from here on is in the set
  size_t count() const {
    size_t count = 0;
    for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  bool contains(uint32_t slot) const { return slot < size_ && (words_[slot / 64] >> slot % 64 & 1) != 0; }
  void insert(uint32_t slot) { words_[slot / 64] |= uint64_t{1} << slot % 64; }

  // Bit i of word w is slot 64 w + i.
  std::span<const uint64_t> words() const { return words_; }

  // Ascending.
  template <class Function>
  void for_each(Function&& function) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t word = words_[w]; word != 0; word &= word - 1) function(static_cast<uint32_t>(64 * w + static_cast<size_t>(std::countr_zero(word))));
    }
  }

 private:
  std::vector<uint64_t> words_;
  size_t size_ = 0;
};

}  // namespace nozama
