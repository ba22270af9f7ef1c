#include "index/clustering.h"

#include <algorithm>
#include <random>

#include "index/fixed_point.h"

namespace nozama {
namespace {

// Rows of a list: measured from 50,000 to 300,000 rows. Shorter ones cost more in centres and in jumps than they save in rows.
constexpr size_t kRowsPerList = 256;
constexpr size_t kListsMax = 8192;
constexpr size_t kSampleRowsPerList = 128, kSampleRowsMax = 200'000;
constexpr uint64_t kSeed = 7;

void append_row(std::span<const Fixed> fixed_row, std::vector<float>& values) {
  for (const Fixed number : fixed_row) values.push_back(from_fixed(number));
}

// The living rows among the first `entries`.
std::vector<uint32_t> living_rows(const View& view, const Partition& old, size_t entries) {
  const Rows& rows = view.generation->rows;
  std::vector<uint32_t> living;
  for (size_t entry = 0; entry < entries; ++entry) {
    const uint32_t row = old.list.row(entry);
    if (row != kNoRow && view.generation->slots.alive(rows.slot(row), view.version) && rows.intact(row)) living.push_back(row);
  }
  return living;
}

// The old centres while they have at most twice the rows that they were made for; else new ones. Null as clustered().
std::shared_ptr<const Centres> centres_for(const View& view, const Partition& old, std::span<const uint32_t> living, const std::atomic<bool>& stop) {
  const size_t lists = std::min(kListsMax, living.size() / kRowsPerList);
  if (old.clusters != nullptr && lists < 2 * old.clusters->centres->size()) return old.clusters->centres;
  const Rows& rows = view.generation->rows;
  std::vector<uint32_t> chosen;
  const size_t sample = std::min(kSampleRowsPerList * lists, std::max(kSampleRowsMax, 2 * lists));
  std::ranges::sample(living, std::back_inserter(chosen), static_cast<std::ptrdiff_t>(sample), std::mt19937_64(kSeed));
  std::vector<float> values;
  for (const uint32_t row : chosen) append_row(rows.fixed_row(row), values);
  return Centres::fit(rows.dimension(), values, lists, &stop);
}

}  // namespace

std::shared_ptr<Partition> rewritten(const View& view, const Partition& old, size_t entries, const std::shared_ptr<const CodeSpace>& space,
                                     const std::atomic<bool>& stop) {
  const auto& [slots, rows] = *view.generation;
  auto fresh = std::make_shared<Partition>(old.id, space);
  const auto copy = [&](size_t first, size_t end) {
    for (size_t entry = first; entry < end && !stop; ++entry) {
      const uint32_t row = old.list.row(entry);
      if (row != kNoRow && slots.alive(rows.slot(row), view.version)) fresh->list.append(row, rows);
    }
  };
  size_t copied = 0;
  if (old.clusters != nullptr) {
    auto clusters = std::make_shared<Clusters>(Clusters{old.clusters->centres, {0}});
    for (const uint32_t end : std::span(old.clusters->first_blocks).subspan(1)) {
      copy(copied, end * kBlockRows);
      copied = end * kBlockRows;
      fresh->list.seal(rows);
      clusters->first_blocks.push_back(static_cast<uint32_t>(fresh->list.extent().blocks));
    }
    fresh->clusters = std::move(clusters);
  }
  copy(copied, entries);
  return stop ? nullptr : fresh;
}

std::shared_ptr<Partition> clustered(const View& view, const Partition& old, size_t entries, const std::atomic<bool>& stop) {
  const Rows& rows = view.generation->rows;
  auto clusters = std::make_shared<Clusters>();
  clusters->centres = centres_for(view, old, living_rows(view, old, entries), stop);
  if (clusters->centres == nullptr) return nullptr;

  // Rows in lists of the same centres stay in them.
  const bool same = old.clusters != nullptr && old.clusters->centres == clusters->centres;
  std::vector<std::vector<uint32_t>> rows_of_list(clusters->centres->size());
  size_t assigned = 0;
  for (size_t list = 0; same && list < rows_of_list.size(); ++list) {
    const size_t end = old.clusters->first_blocks[list + 1] * kBlockRows;
    for (; assigned < end; ++assigned) rows_of_list[list].push_back(old.list.row(assigned));
  }
  std::vector<float> values;
  for (size_t entry = assigned; entry < entries && !stop; ++entry) {
    const uint32_t row = old.list.row(entry);
    if (row == kNoRow || !rows.intact(row)) continue;
    values.clear();
    append_row(rows.fixed_row(row), values);
    rows_of_list[clusters->centres->nearest(values)].push_back(row);
  }
  auto fresh = std::make_shared<Partition>(old.id, view.directory->space);
  clusters->first_blocks.push_back(0);
  for (const std::vector<uint32_t>& list : rows_of_list) {
    if (stop) return nullptr;
    for (const uint32_t row : list) {
      if (row != kNoRow && view.generation->slots.alive(rows.slot(row), view.version)) fresh->list.append(row, rows);
    }
    fresh->list.seal(rows);
    clusters->first_blocks.push_back(static_cast<uint32_t>(fresh->list.extent().blocks));
  }
  fresh->clusters = std::move(clusters);
  return fresh;
}

}  // namespace nozama
