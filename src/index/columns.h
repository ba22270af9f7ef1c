// Typed columns beside the slots of the index, and the filters over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "index/filter.h"
#include "index/filter_cache.h"
#include "index/keyword_column.h"
#include "index/number_column.h"
#include "index/slot_set.h"

namespace nozama {

// What every shop has: price, rating, in_stock, brand, colour, category. Further columns of lists of keywords come with the rows
// that name them.
std::vector<ColumnSpec> standard_columns();

struct ColumnLimits {
  static constexpr size_t kColumnsMax = 256;  // rows' values for further columns are dropped
  static constexpr size_t kNameBytesMax = 64;
  static constexpr size_t kValuesMax = 1000;    // of one row in one column; further ones are dropped
  static constexpr size_t kTextBytesMax = 200;  // longer values are dropped: nobody filters by a paragraph
};

// Append-only. One writer appends row after row; row number = slot. Any number of readers ask about the slots that the writer has
// handed over to them (with release and acquire), and never wait for it.
class Columns {
 public:
  explicit Columns(std::vector<ColumnSpec> schema = standard_columns());

  // The writer's. Values of another type than their column's, NaN, and what ColumnLimits excludes are dropped.
  void append(const RowAttributes& row);
  size_t size() const { return size_; }

  std::vector<ColumnSpec> specs() const;
  // The slots below `slots` that fulfil the filter; the set may know more slots than that. Kept for the next equal filter and then
  // extended by the slots that are new. kInvalidArgument "bad_filter".
  Result<std::shared_ptr<const SlotSet>> evaluate(const Filter& filter, size_t slots) const;

  // What append() kept of a row, columns in order.
  RowAttributes row(uint32_t slot) const;
  const KeywordColumn* keywords(std::string_view name) const;  // null: there is none of this name
  const NumberColumn* numbers(std::string_view name) const;
  size_t owned_bytes() const;

  // The rows of `slots`, in this order and numbered from 0, written piece by piece. A multiple of 8 bytes; docs/index_format.md.
  using Sink = std::function<Status(std::span<const std::byte>)>;
  Status save(std::span<const uint32_t> slots, const Sink& sink) const;
  // `bytes` begin at a multiple of 8 and outlive the columns, which read values where they lie. kCorrupt "damaged_index" for
  // anything but what save() writes for `slots` rows of this schema.
  static Result<std::unique_ptr<Columns>> load(std::span<const std::byte> bytes, size_t slots, const std::vector<ColumnSpec>& schema = standard_columns());

 private:
  struct Column {
    ColumnSpec spec;
    std::unique_ptr<NumberColumn> numbers;    // or
    std::unique_ptr<KeywordColumn> keywords;  // one of them
  };
  const Column* find(std::string_view name) const;
  void add_column(Column column);
  KeywordColumn* keyword_column_to_write(std::string_view name);
  void evaluate_into(const Filter& filter, size_t begin, size_t end, std::span<uint64_t> words) const;

  AppendArray<Column> columns_;
  std::atomic<size_t> columns_count_{0};
  size_t size_ = 0;
  mutable FilterCache cache_;
};

}  // namespace nozama
