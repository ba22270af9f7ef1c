// Columns in a snapshot; docs/index_format.md describes every byte.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_map>

#include "index/columns.h"

namespace nozama {
namespace {

constexpr size_t kAlignment = 8;
size_t padding_of(size_t bytes) { return (kAlignment - bytes % kAlignment) % kAlignment; }

std::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kCorrupt, "damaged_index", fmt::format("the index snapshot is damaged: {}", what));
}

struct ColumnHeader {
  uint32_t type, name_bytes;
};
struct KeywordsHeader {
  uint64_t texts, entries;
};

// Every piece is followed by zeros up to a multiple of 8 bytes.
class PaddedWriter {
 public:
  explicit PaddedWriter(const Columns::Sink& sink) : sink_(sink) {}
  template <class T>
  Status write(std::span<const T> values) {
    const auto bytes = std::as_bytes(values);
    constexpr std::byte kZeros[kAlignment] = {};
    if (Status written = sink_(bytes); !written) return written;
    return padding_of(bytes.size()) == 0 ? Status{} : sink_(std::span(kZeros).first(padding_of(bytes.size())));
  }

 private:
  const Columns::Sink& sink_;
};

class PaddedReader {
 public:
  explicit PaddedReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  // Empty when that many are not there; good() is false then.
  template <class T>
  std::span<const T> read(uint64_t count) {
    const uint64_t room = rest_.size() / sizeof(T);
    good_ = good_ && count <= room && count * sizeof(T) + padding_of(count * sizeof(T)) <= rest_.size();
    if (!good_) return {};
    const std::span<const T> values(reinterpret_cast<const T*>(rest_.data()), count);
    rest_ = rest_.subspan(count * sizeof(T) + padding_of(count * sizeof(T)));
    return values;
  }
  template <class T>
  T one() {
    T value{};
    const auto read_value = read<T>(1);
    if (!read_value.empty()) value = read_value.front();
    return value;
  }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

Status write_numbers(PaddedWriter& out, const NumberColumn& column, ColumnType type, std::span<const uint32_t> slots) {
  const size_t width = NumberColumn::value_bytes(type);
  std::vector<std::byte> values(slots.size() * width);
  for (size_t i = 0; i < slots.size(); ++i) column.copy_value(slots[i], values.data() + i * width);
  return out.write(std::span<const std::byte>(values));
}

// Only the texts that these slots have, numbered in the order in which they come.
Status write_keywords(PaddedWriter& out, const KeywordColumn& column, std::span<const uint32_t> slots) {
  std::unordered_map<uint32_t, uint32_t> numbers;
  std::vector<uint32_t> entry_slots, keywords, ends;
  std::string texts;
  for (size_t i = 0; i < slots.size(); ++i) {
    const KeywordColumn::Range range = column.entries(slots[i], size_t{slots[i]} + 1);
    for (size_t entry = range.begin; entry < range.end; ++entry) {
      const uint32_t keyword = column.keyword_of(entry);
      const auto [number, is_new] = numbers.try_emplace(keyword, static_cast<uint32_t>(numbers.size()));
      if (is_new) {
        texts += column.text(keyword);
        if (texts.size() > std::numeric_limits<uint32_t>::max()) return fail(ErrorCode::kTooLarge, "index_too_large", "the texts of a column exceed 4 GB");
        ends.push_back(static_cast<uint32_t>(texts.size()));
      }
      entry_slots.push_back(static_cast<uint32_t>(i));
      keywords.push_back(number->second);
    }
  }
  const KeywordsHeader header{ends.size(), keywords.size()};
  if (auto written = out.write(std::span(&header, 1)); !written) return written;
  if (auto written = out.write(std::span<const uint32_t>(ends)); !written) return written;
  if (auto written = out.write(std::span<const char>(texts)); !written) return written;
  if (auto written = out.write(std::span<const uint32_t>(entry_slots)); !written) return written;
  return out.write(std::span<const uint32_t>(keywords));
}

// Each slot has at most one entry of a keyword, and at most `values_max` of all.
bool are_entries(std::span<const uint32_t> slots, std::span<const uint32_t> keywords, size_t slots_end, size_t texts, size_t values_max) {
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] >= slots_end || keywords[i] >= texts) return false;
    if (i > 0 && slots[i] < slots[i - 1]) return false;
    if (i >= values_max && slots[i - values_max] == slots[i]) return false;
    for (size_t j = i; j > 0 && slots[j - 1] == slots[i]; --j) {
      if (keywords[j - 1] == keywords[i]) return false;
    }
  }
  return true;
}

Result<std::unique_ptr<KeywordColumn>> read_keywords(PaddedReader& in, size_t slots, size_t values_max) {
  const auto header = in.one<KeywordsHeader>();
  const auto ends = in.read<uint32_t>(header.texts);
  const auto texts = in.read<char>(ends.empty() ? 0 : ends.back());
  const auto entry_slots = in.read<uint32_t>(header.entries);
  const auto keywords = in.read<uint32_t>(header.entries);
  if (!in.good()) return damaged("a column is longer than the file");
  if (!are_entries(entry_slots, keywords, slots, ends.size(), values_max)) return damaged("a column names slots or texts that it does not have");
  auto column = std::make_unique<KeywordColumn>(entry_slots, keywords);
  uint32_t begin = 0;
  for (const uint32_t end : ends) {
    const bool fits = begin < end && end <= texts.size() && end - begin <= ColumnLimits::kTextBytesMax;
    const size_t before = column->keywords();
    if (fits) column->intern({texts.data() + begin, end - begin});
    if (column->keywords() != before + 1) return damaged("a column has an impossible text");
    begin = end;
  }
  return column;
}

}  // namespace

Status Columns::save(std::span<const uint32_t> slots, const Sink& sink) const {
  PaddedWriter out(sink);
  const uint64_t count = columns_count_.load(std::memory_order_acquire);
  if (auto written = out.write(std::span(&count, 1)); !written) return written;
  for (size_t i = 0; i < count; ++i) {
    const auto& [spec, numbers, keywords] = columns_[i];
    const ColumnHeader header{static_cast<uint32_t>(spec.type), static_cast<uint32_t>(spec.name.size())};
    if (auto written = out.write(std::span(&header, 1)); !written) return written;
    if (auto written = out.write(std::span<const char>(spec.name)); !written) return written;
    const Status written = numbers != nullptr ? write_numbers(out, *numbers, spec.type, slots) : write_keywords(out, *keywords, slots);
    if (!written) return written;
  }
  return {};
}

Result<std::unique_ptr<Columns>> Columns::load(std::span<const std::byte> bytes, size_t slots, const std::vector<ColumnSpec>& schema) {
  PaddedReader in(bytes);
  const auto count = in.one<uint64_t>();
  if (!in.good() || count < schema.size() || count > std::max(schema.size(), ColumnLimits::kColumnsMax)) return damaged("its number of columns is impossible");
  auto columns = std::make_unique<Columns>(std::vector<ColumnSpec>{});
  columns->size_ = slots;
  for (uint64_t i = 0; i < count; ++i) {
    const auto header = in.one<ColumnHeader>();
    const auto name = in.read<char>(header.name_bytes);
    Column column{{std::string(name.begin(), name.end()), static_cast<ColumnType>(header.type)}, nullptr, nullptr};
    const bool known = i < schema.size() ? column.spec == schema[i] : column.spec.type == ColumnType::kKeywords && columns->find(column.spec.name) == nullptr;
    if (!in.good() || !known || name.empty() || name.size() > ColumnLimits::kNameBytesMax) return damaged("it has a column that is none of ours");
    if (column.spec.type == ColumnType::kKeyword || column.spec.type == ColumnType::kKeywords) {
      auto keywords = read_keywords(in, slots, column.spec.type == ColumnType::kKeyword ? 1 : ColumnLimits::kValuesMax);
      if (!keywords) return propagate(keywords);
      column.keywords = std::move(*keywords);
    } else {
      const auto values = in.read<std::byte>(slots * NumberColumn::value_bytes(column.spec.type));
      if (!in.good() || !NumberColumn::valid(column.spec.type, values)) return damaged("a column has impossible values");
      column.numbers = std::make_unique<NumberColumn>(column.spec.type, values);
    }
    columns->add_column(std::move(column));
  }
  if (!in.at_end()) return damaged("its columns have bytes after their end");
  return columns;
}

}  // namespace nozama
