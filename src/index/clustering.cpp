#include "index/clustering.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/half.h"

namespace nozama {
namespace {

// Lists grow with the root of the rows, so that a search reads about as many centres as rows.
constexpr double kListsPerRoot = 4;
constexpr size_t kListsMax = 8192;
constexpr size_t kSampleRowsPerList = 32;
constexpr uint64_t kSeed = 7;

void append_row(std::span<const uint16_t> half_row, std::vector<float>& values) {
  for (const uint16_t half : half_row) values.push_back(half_to_float(half));
}

}  // namespace

std::shared_ptr<Partition> clustered(const View& view, const Partition& old, size_t entries, const std::atomic<bool>& stop) {
  const Rows& rows = view.generation->rows;
  std::vector<uint32_t> living;
  for (size_t entry = 0; entry < entries; ++entry) {
    const uint32_t row = old.list.row(entry);
    if (row != kNoRow && view.generation->slots.alive(rows.slot(row), view.version) && rows.intact(row)) living.push_back(row);
  }
  const size_t lists = std::min(kListsMax, static_cast<size_t>(kListsPerRoot * std::sqrt(static_cast<double>(living.size()))));
  std::vector<uint32_t> chosen;
  std::ranges::sample(living, std::back_inserter(chosen), static_cast<std::ptrdiff_t>(kSampleRowsPerList * lists), std::mt19937_64(kSeed));
  std::vector<float> values;
  for (const uint32_t row : chosen) append_row(rows.half_row(row), values);
  auto clusters = std::make_shared<Clusters>();
  clusters->centres = Centres::fit(rows.dimension(), values, lists, &stop);
  if (clusters->centres == nullptr) return nullptr;

  std::vector<std::vector<uint32_t>> rows_of_list(clusters->centres->size());
  for (const uint32_t row : living) {
    if (stop) return nullptr;
    values.clear();
    append_row(rows.half_row(row), values);
    rows_of_list[clusters->centres->nearest(values)].push_back(row);
  }
  auto fresh = std::make_shared<Partition>(old.id, view.directory->space);
  clusters->first_blocks.push_back(0);
  for (const std::vector<uint32_t>& list : rows_of_list) {
    if (stop) return nullptr;
    for (const uint32_t row : list) fresh->list.append(row, rows);
    fresh->list.seal(rows);
    clusters->first_blocks.push_back(static_cast<uint32_t>(fresh->list.extent().blocks));
  }
  fresh->clusters = std::move(clusters);
  return fresh;
}

}  // namespace nozama
