// The text of the `filter` field: price < 50 and brand in ("A", "B") and in_stock and colour = "red".
// docs/filters.md describes it.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/error.h"
#include "index/filter.h"

namespace nozama {

struct FilterLimits {
  static constexpr size_t kBytesMax = 4096;
  static constexpr int kDepthMax = 20;     // of parentheses and `not`
  static constexpr size_t kListMax = 100;  // values of one `in`
  static constexpr size_t kConditionsMax = 200;
};

// The tree has passed check_filter(). kInvalidArgument "bad_filter": the message names the column (counted in characters
// from 1), what stands there and what was expected. Texts that differ in spaces, in the case of words, in needless
// parentheses or in `=` and `in` give filters that hold for the same rows.
// `colours` are the names that colours have; lower-case.
Result<Filter> parse_filter(std::string_view text, std::span<const std::string_view> colours);

}  // namespace nozama
