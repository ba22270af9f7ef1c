// The columns of a snapshot: damaged ones are refused; what loads answers filters and facets, gives its rows, and can be saved.
#include "index/columns.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "index/facets.h"

namespace {

using namespace nozama;

void use(const Columns& columns, size_t slots) {
  const Filter filters[] = {compare("price", FilterOperator::kLess, 50), compare("in_stock", FilterOperator::kEqual, 1), one_of("brand", {"A", ""}),
                            one_of("colour", {"red"})};
  for (const Filter& filter : filters) {
    const auto fulfil = columns.evaluate(filter, slots), opposite = columns.evaluate(not_of(filter), slots);
    if (!fulfil || !opposite || (*fulfil)->count() + (*opposite)->count() != slots) abort_with("a filter and its opposite are not all products");
  }
  const auto all = columns.evaluate(all_of({}), slots);
  const std::vector<FacetRequest> facets = {{"price"}, {"rating"}, {"in_stock"}, {"brand"}, {"colour"}, {"category"}};
  if (!all || !check_facets(columns, facets)) abort_with("loaded columns cannot be counted");
  for (const Facet& facet : count_facets(columns, **all, facets).facets) {
    if (facet.without < 0 || facet.without > static_cast<int64_t>(slots)) abort_with("a facet counts products that there are not");
  }
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const RowAttributes row = columns.row(slot);
    if (row.numbers.size() > 3 || row.keywords.size() > ColumnLimits::kColumnsMax * ColumnLimits::kValuesMax) abort_with("a row has too many values");
  }
}

std::vector<std::byte> saved(const Columns& columns, size_t slots) {
  std::vector<uint32_t> all(slots);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<std::byte> bytes;
  const Status done = columns.save(all, [&bytes](std::span<const std::byte> piece) -> Status {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  });
  if (!done) abort_with("loaded columns cannot be saved");
  return bytes;
}

}  // namespace

// The first byte is the number of products, the rest what they are loaded from.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t slots = data[0];
  std::vector<uint64_t> aligned((size - 1 + 7) / 8);
  if (size > 1) std::memcpy(aligned.data(), data + 1, size - 1);
  const auto columns = Columns::load(std::as_bytes(std::span(aligned)).first(size - 1), slots);
  if (!columns) {
    if (columns.error().code != ErrorCode::kCorrupt || columns.error().reason != "damaged_index") abort_with("damaged columns without the reason");
    return 0;
  }
  use(**columns, slots);
  // Texts that no product has are left out and the others numbered as they come: the second copy is like the first.
  const std::vector<std::byte> once = saved(**columns, slots);
  const auto loaded = Columns::load(once, slots);
  if (!loaded || saved(**loaded, slots) != once) abort_with("columns that are saved again differ");
  return 0;
}
