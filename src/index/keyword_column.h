// Texts, at most one or any number a slot, as numbers of a dictionary. Internal to the index.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/append_array.h"
#include "index/slot_set.h"

namespace nozama {

// Entries (slot, keyword), slots ascending: a slot without a value takes no space. See Columns for the writer and the readers.
class KeywordColumn {
 public:
  explicit KeywordColumn(std::span<const uint32_t> base_slots = {}, std::span<const uint32_t> base_keywords = {});

  // The writer's. A text of an entry; the same number for the same text.
  uint32_t intern(std::string_view text);
  void append(uint32_t slot, std::string_view text);  // unless the slot has it already
  size_t owned_bytes() const;

  // Keywords that readers know of. Their texts never move.
  size_t keywords() const { return keywords_count_.load(std::memory_order_acquire); }
  std::string_view text(uint32_t keyword) const { return texts_[keyword]; }

  // Numbers of entries.
  struct Range {
    size_t begin = 0, end = 0;
  };
  Range entries(size_t slot_begin, size_t slot_end) const;
  uint32_t slot_of(size_t entry) const { return slots_[entry]; }
  uint32_t keyword_of(size_t entry) const { return keywords_[entry]; }

  // Sets the bits of slots in [begin, end) that have one of `texts`; "" stands for having none. begin is a multiple of 64;
  // words[0] starts there.
  void mark(size_t begin, size_t end, std::span<const std::string> texts, std::span<uint64_t> words) const;

  // Adds one to counts[keyword] for each entry of a slot in the set, below slot `end`. `counts` has keywords() elements.
  // Returns how many slots of the set have an entry.
  int64_t count(const SlotSet& slots, std::span<int64_t> counts) const;

 private:
  std::vector<uint32_t> numbers_of(std::span<const std::string> texts) const;
  template <class Function>
  void for_each_run(Range range, Function&& function) const;
  void mark_having_none(size_t begin, size_t end, std::span<uint64_t> words) const;
  size_t entry_near(uint32_t slot, size_t guess, size_t begin, size_t end) const;
  int64_t count_sparse(const SlotSet& slots, std::span<int64_t> counts) const;

  AppendArray<std::string> texts_;
  std::atomic<size_t> keywords_count_{0};
  // A tree rather than a table: it never stops a reader while it grows.
  std::map<std::string_view, uint32_t> numbers_;
  mutable std::mutex numbers_mutex_;  // held for one look-up or insertion

  AppendArray<uint32_t> slots_, keywords_;
  std::atomic<size_t> entries_{0};
};

}  // namespace nozama
