#include "index/keyword_column.h"

#include <algorithm>
#include <bit>

#include "index/column_kernels.h"

namespace nozama {
namespace {

// Up to here, values are compared with each wanted one; above, a table says which are wanted.
constexpr size_t kComparedMax = 16;

void set_bit(std::span<uint64_t> words, size_t bit) { words[bit / 64] |= uint64_t{1} << bit % 64; }

}  // namespace

KeywordColumn::KeywordColumn(std::span<const uint32_t> base_slots, std::span<const uint32_t> base_keywords)
    : slots_(1, 64, base_slots), keywords_(1, 64, base_keywords), entries_(base_slots.size()) {}

uint32_t KeywordColumn::intern(std::string_view text) {
  if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;  // only the writer changes it
  const auto number = static_cast<uint32_t>(texts_.size());
  *texts_.grow() = text;
  {
    const std::lock_guard lock(numbers_mutex_);
    numbers_.emplace(texts_[number], number);
  }
  keywords_count_.store(texts_.size(), std::memory_order_release);
  return number;
}

void KeywordColumn::append(uint32_t slot, std::string_view text) {
  const uint32_t keyword = intern(text);
  const size_t entries = slots_.size();
  for (size_t entry = entries; entry > 0 && slots_[entry - 1] == slot; --entry) {
    if (keywords_[entry - 1] == keyword) return;
  }
  slots_.append(slot);
  keywords_.append(keyword);
  entries_.store(entries + 1, std::memory_order_release);
}

size_t KeywordColumn::owned_bytes() const {
  constexpr size_t kNodeBytes = 72;  // of the tree
  return slots_.owned_bytes() + keywords_.owned_bytes() + texts_.size() * (sizeof(std::string) + kNodeBytes);
}

KeywordColumn::Range KeywordColumn::entries(size_t slot_begin, size_t slot_end) const {
  const size_t count = entries_.load(std::memory_order_acquire);
  const auto first_from = [&](size_t slot) {
    size_t low = 0, high = count;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      slots_[middle] < slot ? low = middle + 1 : high = middle;
    }
    return low;
  };
  return {first_from(slot_begin), first_from(slot_end)};
}

std::vector<uint32_t> KeywordColumn::numbers_of(std::span<const std::string> texts) const {
  std::vector<uint32_t> numbers;
  for (const std::string& text : texts) {
    const std::lock_guard lock(numbers_mutex_);
    if (const auto known = numbers_.find(text); known != numbers_.end()) numbers.push_back(known->second);
  }
  return numbers;
}

// function(slots, keywords, count) for entries that lie side by side.
template <class Function>
void KeywordColumn::for_each_run(Range range, Function&& function) const {
  for (size_t entry = range.begin; entry < range.end;) {
    const size_t run = std::min(range.end - entry, slots_.run(entry));
    function(slots_.at(entry), keywords_.at(entry), run);
    entry += run;
  }
}

void KeywordColumn::mark(size_t begin, size_t end, std::span<const std::string> texts, std::span<uint64_t> words) const {
  if (std::ranges::find(texts, "") != texts.end()) mark_having_none(begin, end, words);
  const Range range = entries(begin, end);
  const std::vector<uint32_t> wanted = numbers_of(texts);
  if (wanted.empty()) return;
  std::vector<bool> is_wanted(wanted.size() > kComparedMax ? *std::ranges::max_element(wanted) + 1 : 0);
  if (!is_wanted.empty()) std::ranges::for_each(wanted, [&](uint32_t keyword) { is_wanted[keyword] = true; });
  const auto holds = [&](uint32_t keyword) {
    return is_wanted.empty() ? std::ranges::find(wanted, keyword) != wanted.end() : keyword < is_wanted.size() && is_wanted[keyword];
  };
  const ColumnKernels& kernels = column_kernels();
  for_each_run(range, [&](const uint32_t* slots, const uint32_t* keywords, size_t count) {
    size_t i = 0;
    for (; is_wanted.empty() && i + 64 <= count; i += 64) {
      for (uint64_t found = kernels.equal_any(keywords + i, wanted); found != 0; found &= found - 1) {
        set_bit(words, slots[i + static_cast<size_t>(std::countr_zero(found))] - begin);
      }
    }
    for (; i < count; ++i) {
      if (holds(keywords[i])) set_bit(words, slots[i] - begin);
    }
  });
}

void KeywordColumn::mark_having_none(size_t begin, size_t end, std::span<uint64_t> words) const {
  std::vector<uint64_t> having((end - begin + 63) / 64);
  for_each_run(entries(begin, end), [&](const uint32_t* slots, const uint32_t*, size_t count) {
    for (size_t i = 0; i < count; ++i) set_bit(having, slots[i] - begin);
  });
  if ((end - begin) % 64 != 0) having.back() |= ~uint64_t{0} << (end - begin) % 64;
  for (size_t w = 0; w < having.size(); ++w) words[w] |= ~having[w];
}

// The first entry in [begin, end) of `slot` or of a later one, looked for in steps that double, away from a guess.
size_t KeywordColumn::entry_near(uint32_t slot, size_t guess, size_t begin, size_t end) const {
  size_t low = begin, high = end;
  if (guess < end && slots_[guess] < slot) {
    low = guess + 1;
    for (size_t step = 1; low + step < end; step *= 2) {
      if (slots_[low + step - 1] >= slot) {
        high = low + step - 1;
        break;
      }
      low += step;
    }
  } else {
    high = std::min(guess, end);
    for (size_t step = 1; begin + step < high; step *= 2) {
      if (slots_[high - step] < slot) {
        low = high - step + 1;
        break;
      }
      high -= step;
    }
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    slots_[middle] < slot ? low = middle + 1 : high = middle;
  }
  return low;
}

int64_t KeywordColumn::count(const SlotSet& slots, std::span<int64_t> counts) const {
  const Range range = entries(0, slots.size());
  // Finding the entries of one slot costs about as much as passing over 16 of them.
  if (slots.count() * 16 < range.end) return count_sparse(slots, counts);
  int64_t having = 0;
  uint32_t last = UINT32_MAX;
  for_each_run(range, [&](const uint32_t* entry_slots, const uint32_t* keywords, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (!slots.contains(entry_slots[i])) continue;
      if (keywords[i] < counts.size()) ++counts[keywords[i]];
      having += entry_slots[i] != last ? 1 : 0;
      last = entry_slots[i];
    }
  });
  return having;
}

int64_t KeywordColumn::count_sparse(const SlotSet& slots, std::span<int64_t> counts) const {
  const size_t end = entries(0, slots.size()).end;
  const double entries_a_slot = static_cast<double>(end) / static_cast<double>(std::max<size_t>(slots.size(), 1));
  int64_t having = 0;
  size_t entry = 0;
  uint32_t next_slot = 0;
  slots.for_each([&](uint32_t slot) {
    entry = entry_near(slot, entry + static_cast<size_t>(entries_a_slot * (slot - next_slot)), entry, end);
    next_slot = slot + 1;
    having += entry < end && slots_[entry] == slot ? 1 : 0;
    for (; entry < end && slots_[entry] == slot; ++entry) {
      if (keywords_[entry] < counts.size()) ++counts[keywords_[entry]];
    }
  });
  return having;
}

}  // namespace nozama
