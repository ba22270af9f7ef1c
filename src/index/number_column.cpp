#include "index/number_column.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "index/column_kernels.h"

namespace nozama {
namespace {

template <class T>
constexpr T kAbsent = std::numeric_limits<T>::min();
template <>
constexpr uint8_t kAbsent<uint8_t> = 2;
template <>
constexpr double kAbsent<double> = std::numeric_limits<double>::quiet_NaN();

// The numbers that an int64_t column holds: those that a double tells apart.
constexpr double kIntMax = 9007199254740992.0;

template <class T>
T stored(double value) {
  if constexpr (std::is_same_v<T, uint8_t>) return value == 0 ? 0 : 1;
  if constexpr (std::is_same_v<T, int64_t>) return std::abs(value) <= kIntMax && value == std::floor(value) ? static_cast<int64_t>(value) : kAbsent<int64_t>;
  return static_cast<T>(value);
}

template <class T>
bool is_absent(T value) {
  if constexpr (std::is_same_v<T, double>) return std::isnan(value);
  return value == kAbsent<T>;
}

// The least value of the type that is not below `bound`, and the greatest that is not above it.
template <class T>
T lowest(double bound) {
  if constexpr (std::is_same_v<T, double>) return bound;
  if constexpr (std::is_same_v<T, uint8_t>) return bound <= 0 ? 0 : 1;
  return static_cast<T>(std::ceil(std::clamp(bound, -kIntMax, kIntMax + 2)));
}
template <class T>
T highest(double bound) {
  if constexpr (std::is_same_v<T, double>) return bound;
  if constexpr (std::is_same_v<T, uint8_t>) return bound >= 1 ? 1 : 0;
  return static_cast<T>(std::floor(std::clamp(bound, -kIntMax - 2, kIntMax)));
}

// Eight bytes at a time; each is 0, 1 or 2.
uint64_t word_of_booleans(const uint8_t* values, bool wants_false, bool wants_true) {
  constexpr uint64_t kOnes = 0x0101010101010101, kGatherLowBits = 0x0102040810204080;
  uint64_t word = 0;
  for (size_t i = 0; i < 64; i += 8) {
    uint64_t bytes = 0;
    for (size_t j = 0; j < 8; ++j) bytes |= static_cast<uint64_t>(values[i + j]) << 8 * j;
    const uint64_t wanted = (wants_true ? bytes : 0) | (wants_false ? ~(bytes | bytes >> 1) : 0);
    word |= ((wanted & kOnes) * kGatherLowBits >> 56) << i;
  }
  return word;
}

template <class T>
uint64_t word_of(const T* values, T low, T high) {
  if constexpr (std::is_same_v<T, double>) return column_kernels().in_range(values, low, high);
  if constexpr (std::is_same_v<T, uint8_t>) return word_of_booleans(values, low == 0 && high <= 1, low <= 1 && high == 1);
  uint64_t word = 0;
  for (size_t i = 0; i < 64; ++i) word |= static_cast<uint64_t>(static_cast<int>(low <= values[i]) & static_cast<int>(values[i] <= high)) << i;
  return word;
}

template <class T>
void mark_values(const AppendArray<T>& values, size_t begin, size_t end, T low, T high, std::span<uint64_t> words) {
  if (low > high) return;  // between two values of the type
  for (size_t slot = begin; slot < end;) {
    const size_t run = std::min(end - slot, values.run(slot));
    const T* run_values = values.at(slot);
    size_t i = 0;
    const auto one = [&] {
      if (low <= run_values[i] && run_values[i] <= high) words[(slot + i - begin) / 64] |= uint64_t{1} << (slot + i) % 64;
      ++i;
    };
    while (i < run && (slot + i) % 64 != 0) one();
    for (; i + 64 <= run; i += 64) words[(slot + i - begin) / 64] = word_of(run_values + i, low, high);
    while (i < run) one();
    slot += run;
  }
}

template <class T>
std::span<const T> values_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

}  // namespace

NumberColumn::NumberColumn(ColumnType type, std::span<const std::byte> base) {
  if (type == ColumnType::kBool) values_.emplace<AppendArray<uint8_t>>(1, 64, values_in<uint8_t>(base));
  if (type == ColumnType::kInt) values_.emplace<AppendArray<int64_t>>(1, 64, values_in<int64_t>(base));
  if (type == ColumnType::kFloat) values_.emplace<AppendArray<double>>(1, 64, values_in<double>(base));
}

size_t NumberColumn::value_bytes(ColumnType type) { return type == ColumnType::kBool ? 1 : 8; }

bool NumberColumn::valid(ColumnType type, std::span<const std::byte> values) {
  if (type == ColumnType::kBool) return std::ranges::all_of(values, [](std::byte value) { return value <= std::byte{2}; });
  if (type != ColumnType::kInt) return true;
  return std::ranges::all_of(values_in<int64_t>(values),
                             [](int64_t value) { return value == kAbsent<int64_t> || std::abs(value) <= static_cast<int64_t>(kIntMax); });
}

void NumberColumn::append(std::optional<double> value) {
  const bool absent = !value || std::isnan(*value);
  std::visit([&]<class T>(AppendArray<T>& values) { values.append(absent ? kAbsent<T> : stored<T>(*value)); }, values_);
}

size_t NumberColumn::owned_bytes() const {
  return std::visit([](const auto& values) { return values.owned_bytes(); }, values_);
}

std::optional<double> NumberColumn::value(uint32_t slot) const {
  return std::visit(
      [slot]<class T>(const AppendArray<T>& values) { return is_absent(values[slot]) ? std::nullopt : std::optional(static_cast<double>(values[slot])); },
      values_);
}

std::vector<double> NumberColumn::values_of(const SlotSet& slots) const {
  std::vector<double> found;
  found.reserve(slots.count());
  const auto add_values = [&]<class T>(const AppendArray<T>& values) {
    slots.for_each([&](uint32_t slot) {
      const T value = values[slot];
      if (!is_absent(value) && std::isfinite(static_cast<double>(value))) found.push_back(static_cast<double>(value));
    });
  };
  std::visit(add_values, values_);
  return found;
}

void NumberColumn::mark(size_t begin, size_t end, double low, double high, std::span<uint64_t> words) const {
  if (!(low <= high)) return;
  std::visit([&]<class T>(const AppendArray<T>& values) { mark_values<T>(values, begin, end, lowest<T>(low), highest<T>(high), words); }, values_);
}

void NumberColumn::copy_value(uint32_t slot, std::byte* to) const {
  std::visit([&]<class T>(const AppendArray<T>& values) { std::memcpy(to, values.at(slot), sizeof(T)); }, values_);
}

}  // namespace nozama
