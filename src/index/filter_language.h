// The text of the `filter` field: price < 50 and brand in ("A", "B") and in_stock and colour = "red".
// docs/filters.md describes it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "index/filter.h"

namespace nozama {

struct FilterLimits {
  static constexpr size_t kBytesMax = 4096;
  static constexpr int kDepthMax = 20;     // of parentheses and `not`
  static constexpr size_t kListMax = 100;  // values of one `in`
  static constexpr size_t kConditionsMax = 200;
};

// A column as those who write filters know it.
struct WritableColumn {
  ColumnSpec spec;
  std::string also = {};         // another name for it
  std::string example = "12.5";  // of a number, for messages
  // Of keywords: the values that a written one stands for, or what is wrong with it. Absent = itself.
  std::function<Result<std::vector<std::string>>(const std::string& written)> values = {};
};

// The tree passes check_filter() for these columns. kInvalidArgument "bad_filter": the message names the column (counted in
// characters from 1), what stands there and what was expected. Texts that differ in spaces, in the case of words, in needless
// parentheses or in `=` and `in` give filters that hold for the same rows.
Result<Filter> parse_filter(std::string_view text, const std::vector<WritableColumn>& columns);

}  // namespace nozama
