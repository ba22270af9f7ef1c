// Booleans, integers or floating-point numbers, one a slot. Internal to the index.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "index/append_array.h"
#include "index/filter.h"
#include "index/slot_set.h"

namespace nozama {

// See Columns for the writer and the readers.
class NumberColumn {
 public:
  // `base`: values as values() gives them; of this type, checked by valid().
  explicit NumberColumn(ColumnType type, std::span<const std::byte> base = {});

  static size_t value_bytes(ColumnType type);
  static bool valid(ColumnType type, std::span<const std::byte> values);

  // Absent, NaN and what the type cannot hold are stored as absent.
  void append(std::optional<double> value);
  size_t owned_bytes() const;

  std::optional<double> value(uint32_t slot) const;
  // The finite values of these slots.
  std::vector<double> values_of(const SlotSet& slots) const;
  // Sets the bits of slots in [begin, end) with low ≤ value ≤ high. begin is a multiple of 64; words[0] starts there.
  void mark(size_t begin, size_t end, double low, double high, std::span<uint64_t> words) const;
  // As they are stored, slot after slot.
  void copy_value(uint32_t slot, std::byte* to) const;

 private:
  using Values = std::variant<AppendArray<uint8_t>, AppendArray<int64_t>, AppendArray<double>>;
  Values values_;
};

}  // namespace nozama
