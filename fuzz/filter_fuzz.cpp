// The text of a search's filter: what parses passes the index's check, and gives the same rows as its normal form and the opposite
// of what its opposite gives.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "index/columns.h"
#include "index/filter_language.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  static const std::vector<WritableColumn> kColumns = [] {
    std::vector<WritableColumn> columns;
    for (const ColumnSpec& spec : standard_columns()) columns.push_back({.spec = spec});
    return columns;
  }();
  const auto filter = parse_filter(std::string_view(reinterpret_cast<const char*>(data), size), kColumns);
  if (!filter) {
    if (filter.error().reason != "bad_filter" || filter.error().message.empty()) abort_with("a refused filter without a reason");
    return 0;
  }
  if (!check_filter(*filter, standard_columns())) abort_with("the parser lets through what the index refuses");
  Columns columns;
  RowAttributes full;
  full.set("price", 12.5);
  full.set("rating", 4);
  full.add("brand", "A");
  for (const char* colour : {"red", "white"}) full.add("colour", colour);
  columns.append(full);
  columns.append({});
  const auto slots = columns.evaluate(*filter, 2), opposite = columns.evaluate(not_of(*filter), 2);
  if (!slots || !opposite) abort_with("the index refuses a checked filter");
  for (const uint32_t slot : {0U, 1U}) {
    if ((*slots)->contains(slot) == (*opposite)->contains(slot)) abort_with("a filter and its opposite agree");
  }
  if (normalised(normalised(*filter)) != normalised(*filter)) abort_with("a normal form is not normal");
  return 0;
}
