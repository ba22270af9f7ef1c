#include "index/columns.h"

#include <algorithm>

namespace nozama {
namespace {

bool is_number(ColumnType type) { return type != ColumnType::kKeyword && type != ColumnType::kKeywords; }

// Bits of slots from `end` on, of words that start at `begin`.
void clear_from(size_t begin, size_t end, std::span<uint64_t> words) {
  if ((end - begin) % 64 != 0) words.back() &= ~(~uint64_t{0} << (end - begin) % 64);
}

}  // namespace

std::vector<ColumnSpec> standard_columns() {
  return {{"price", ColumnType::kFloat},   {"rating", ColumnType::kFloat},    {"in_stock", ColumnType::kBool},
          {"brand", ColumnType::kKeyword}, {"colour", ColumnType::kKeywords}, {"category", ColumnType::kKeywords}};
}

Columns::Columns(std::vector<ColumnSpec> schema) {
  for (ColumnSpec& spec : schema) {
    Column column{std::move(spec), nullptr, nullptr};
    if (is_number(column.spec.type)) {
      column.numbers = std::make_unique<NumberColumn>(column.spec.type);
    } else {
      column.keywords = std::make_unique<KeywordColumn>();
    }
    add_column(std::move(column));
  }
}

void Columns::add_column(Column column) {
  *columns_.grow() = std::move(column);
  columns_count_.store(columns_.size(), std::memory_order_release);
}

const Columns::Column* Columns::find(std::string_view name) const {
  const size_t count = columns_count_.load(std::memory_order_acquire);
  for (size_t i = 0; i < count; ++i) {
    if (columns_[i].spec.name == name) return columns_.at(i);
  }
  return nullptr;
}

// Null for a name that is taken by numbers, or that there is no room for.
KeywordColumn* Columns::keyword_column_to_write(std::string_view name) {
  if (const Column* column = find(name)) return column->keywords.get();
  if (name.empty() || name.size() > ColumnLimits::kNameBytesMax || columns_.size() >= ColumnLimits::kColumnsMax) return nullptr;
  add_column({{std::string(name), ColumnType::kKeywords}, nullptr, std::make_unique<KeywordColumn>()});
  return columns_[columns_.size() - 1].keywords.get();
}

void Columns::append(const RowAttributes& row) {
  const auto slot = static_cast<uint32_t>(size_++);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.numbers == nullptr) continue;
    const auto value = std::ranges::find(row.numbers, column.spec.name, &std::pair<std::string, double>::first);
    column.numbers->append(value == row.numbers.end() ? std::nullopt : std::optional(value->second));
  }
  for (const auto& [name, text] : row.keywords) {
    if (text.empty() || text.size() > ColumnLimits::kTextBytesMax) continue;
    KeywordColumn* column = keyword_column_to_write(name);
    if (column == nullptr) continue;
    const KeywordColumn::Range had = column->entries(slot, size_t{slot} + 1);
    const size_t values_max = find(name)->spec.type == ColumnType::kKeyword ? 1 : ColumnLimits::kValuesMax;
    if (had.end - had.begin >= values_max) continue;
    column->append(slot, text);
  }
}

std::vector<ColumnSpec> Columns::specs() const {
  std::vector<ColumnSpec> specs;
  const size_t count = columns_count_.load(std::memory_order_acquire);
  for (size_t i = 0; i < count; ++i) specs.push_back(columns_[i].spec);
  return specs;
}

Result<std::shared_ptr<const SlotSet>> Columns::evaluate(const Filter& filter, size_t slots) const {
  const std::string asked = filter_key(filter);
  std::shared_ptr<const SlotSet> known = cache_.find(asked);
  if (known != nullptr && known->size() >= slots) return known;
  const Status checked = check_filter(filter, specs());
  if (!checked) return propagate(checked);
  const Filter normal = normalised(filter);
  const std::string key = filter_key(normal);
  if (key != asked) known = cache_.find(key);
  if (known != nullptr && known->size() >= slots) {
    cache_.put(asked, known);
    return known;
  }
  // From the word on that is not full yet.
  const size_t begin = known == nullptr ? 0 : known->size() / 64 * 64;
  std::vector<uint64_t> words((slots + 63) / 64);
  if (known != nullptr) std::ranges::copy(known->words().first(begin / 64), words.begin());
  if (begin < slots) evaluate_into(normal, begin, slots, std::span(words).subspan(begin / 64));
  auto found = std::make_shared<const SlotSet>(std::move(words), slots);
  cache_.put(key, found);
  if (key != asked) cache_.put(asked, found);
  return found;
}

// `words` are 0 and get the slots in [begin, end); begin is a multiple of 64.
void Columns::evaluate_into(const Filter& filter, size_t begin, size_t end, std::span<uint64_t> words) const {
  switch (filter.kind) {
    case Filter::Kind::kRange: return find(filter.column)->numbers->mark(begin, end, filter.low, filter.high, words);
    case Filter::Kind::kIn: return find(filter.column)->keywords->mark(begin, end, filter.texts, words);
    case Filter::Kind::kNot: {
      evaluate_into(filter.children.front(), begin, end, words);
      for (uint64_t& word : words) word = ~word;
      return clear_from(begin, end, words);
    }
    case Filter::Kind::kOr: {
      for (const Filter& child : filter.children) {
        std::vector<uint64_t> of_child(words.size());
        evaluate_into(child, begin, end, of_child);
        for (size_t w = 0; w < words.size(); ++w) words[w] |= of_child[w];
      }
      return;
    }
    case Filter::Kind::kAnd: {
      std::ranges::fill(words, ~uint64_t{0});
      for (const Filter& child : filter.children) {
        std::vector<uint64_t> of_child(words.size());
        evaluate_into(child, begin, end, of_child);
        for (size_t w = 0; w < words.size(); ++w) words[w] &= of_child[w];
      }
      return clear_from(begin, end, words);
    }
  }
}

RowAttributes Columns::row(uint32_t slot) const {
  RowAttributes row;
  const size_t count = columns_count_.load(std::memory_order_acquire);
  for (size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    if (column.numbers != nullptr) {
      if (const auto value = column.numbers->value(slot)) row.numbers.emplace_back(column.spec.name, *value);
      continue;
    }
    const KeywordColumn::Range entries = column.keywords->entries(slot, size_t{slot} + 1);
    for (size_t entry = entries.begin; entry < entries.end; ++entry) row.add(column.spec.name, column.keywords->text(column.keywords->keyword_of(entry)));
  }
  return row;
}

const KeywordColumn* Columns::keywords(std::string_view name) const {
  const Column* column = find(name);
  return column == nullptr ? nullptr : column->keywords.get();
}

const NumberColumn* Columns::numbers(std::string_view name) const {
  const Column* column = find(name);
  return column == nullptr ? nullptr : column->numbers.get();
}

size_t Columns::owned_bytes() const {
  size_t bytes = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    bytes += columns_[i].numbers != nullptr ? columns_[i].numbers->owned_bytes() : columns_[i].keywords->owned_bytes();
  }
  return bytes;
}

}  // namespace nozama
