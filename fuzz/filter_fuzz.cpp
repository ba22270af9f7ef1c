// The text of a search's filter: what parses passes the index's check and can be asked of any row.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "index/filter_language.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  static constexpr std::string_view kColours[] = {"red", "grey", "white"};
  const auto filter = parse_filter(std::string_view(reinterpret_cast<const char*>(data), size), kColours);
  if (!filter) {
    if (filter.error().reason != "bad_filter" || filter.error().message.empty()) abort_with("a refused filter without a reason");
    return 0;
  }
  if (!check_filter(*filter)) abort_with("the parser lets through what the index refuses");
  const RowAttributes full{.price = 12.5, .rating = 4.0, .in_stock = true, .brand = "A", .colours = {"red", "white"}};
  for (const RowAttributes& row : {full, RowAttributes{}}) {
    if (matches(not_of(*filter), row) == matches(*filter, row)) abort_with("a filter and its opposite agree");
  }
  return 0;
}
