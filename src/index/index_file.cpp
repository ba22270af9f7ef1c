// Opening a snapshot; snapshot_writer.cpp writes it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/hash.h"
#include "index/embedded_index.h"
#include "index/snapshot_format.h"

namespace nozama {
namespace {

constexpr uint32_t kDimensionMax = 8192;

template <class T>
Result<std::span<const T>> array_of(const SnapshotBytes& file, const Section& section, uint64_t end, uint64_t count) {
  if (section.offset % kSectionAlignment != 0 || section.offset < kSnapshotDataBegin || section.offset > end || section.bytes > end - section.offset)
    return damaged_snapshot("an array lies outside of the file");
  if (section.bytes % sizeof(T) != 0 || section.bytes / sizeof(T) != count) return damaged_snapshot("an array is of another length");
  return std::span(reinterpret_cast<const T*>(file.all().data() + section.offset), count);
}

template <class T>
bool intact(const SnapshotBytes& file, std::span<const T> values) {
  return file.intact(values.data(), values.size_bytes());
}

Result<SnapshotHeader> checked_header(std::span<const std::byte> bytes) {
  SnapshotHeader header;
  if (bytes.size() < kSnapshotMagic.size() + sizeof(uint32_t) || as_text(bytes.first(kSnapshotMagic.size())) != kSnapshotMagic)
    return damaged_snapshot("it does not start like one");
  uint32_t version = 0;
  std::memcpy(&version, bytes.data() + kSnapshotMagic.size(), sizeof version);
  if (version > kSnapshotVersion)
    return fail(ErrorCode::kUnsupported, "newer_index", fmt::format("the index snapshot is of version {}; this program reads {}", version, kSnapshotVersion));
  if (version != 0 && version < kSnapshotVersion)
    return fail(ErrorCode::kUnsupported, "older_index", fmt::format("the index snapshot is of version {}; this program writes {}", version, kSnapshotVersion));
  if (bytes.size() < kSnapshotDataBegin) return damaged_snapshot("it ends early");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (checksum64(bytes.first(offsetof(SnapshotHeader, checksum))) != header.checksum) return damaged_snapshot("the checksum of its header does not match");
  if (std::ranges::any_of(bytes.subspan(sizeof header, kSnapshotDataBegin - sizeof header), [](std::byte byte) { return byte != std::byte{0}; }))
    return damaged_snapshot("its header has bytes after its end");
  if (version == 0 || header.dimension == 0 || header.dimension > kDimensionMax || header.dimension % 4 != 0)
    return damaged_snapshot("its header is impossible");
  if (header.directory_offset < kSnapshotDataBegin || header.directory_offset > bytes.size() ||
      header.directory_bytes != bytes.size() - header.directory_offset)
    return damaged_snapshot("it is of another length");
  return header;
}

// Header and directory are checked; then, as everything else hangs on them, the small arrays.
class SnapshotReader {
 public:
  SnapshotReader(std::shared_ptr<SnapshotBytes> file, const SnapshotHeader& header, SnapshotDirectory directory)
      : file_(std::move(file)), dimension_(header.dimension), end_(header.directory_offset), directory_(std::move(directory)) {}

  Result<std::unique_ptr<EmbeddedIndex>> open() {
    const size_t blocks = (end_ - kSnapshotDataBegin + SnapshotBytes::kBlockBytes - 1) / SnapshotBytes::kBlockBytes;
    if (directory_.checksums.size() != blocks) return damaged_snapshot("its checksums are not as many as its blocks");
    if (directory_.slots >= UINT32_MAX || directory_.rows >= UINT32_MAX || directory_.partitions.size() >= UINT32_MAX)
      return damaged_snapshot("it has too many rows");
    file_->expect(kSnapshotDataBegin, end_, std::move(directory_.checksums));
    stored_.file = file_;
    const Status slots = read_slots();
    if (!slots) return propagate(slots);
    const Status rows = read_rows();
    if (!rows) return propagate(rows);
    auto columns = read_columns();
    if (!columns) return propagate(columns);
    auto partitions = read_partitions();
    if (!partitions) return propagate(partitions);
    auto generation = std::make_shared<Generation>(dimension_, stored_, std::move(*columns));
    return std::make_unique<EmbeddedIndex>(file_, std::move(generation), std::move(*partitions));
  }

 private:
  Status read_slots() {
    const auto identities = array_of<SlotIdentity>(*file_, directory_.identities, end_, directory_.slots);
    if (!identities) return propagate(identities);
    const auto partitions = array_of<uint32_t>(*file_, directory_.slot_partitions, end_, directory_.slots);
    if (!partitions) return propagate(partitions);
    const auto first_rows = array_of<uint32_t>(*file_, directory_.first_rows, end_, directory_.slots + 1);
    if (!first_rows) return propagate(first_rows);
    if (!intact(*file_, *identities) || !intact(*file_, *partitions) || !intact(*file_, *first_rows)) return damaged_snapshot("a checksum does not match");
    const auto follows = [](const SlotIdentity& a, const SlotIdentity& b) { return !(a.product < b.product); };
    if (std::ranges::adjacent_find(*identities, follows) != identities->end()) return damaged_snapshot("its products are not in order");
    if (std::ranges::any_of(*partitions, [this](uint32_t number) { return number >= directory_.partitions.size(); }))
      return damaged_snapshot("a product is in a partition that does not exist");
    if (first_rows->front() != 0 || first_rows->back() != directory_.rows || std::ranges::adjacent_find(*first_rows, std::greater_equal{}) != first_rows->end())
      return damaged_snapshot("the rows of its products are not in order");
    stored_.identities = *identities;
    stored_.partitions = *partitions;
    stored_.first_rows = *first_rows;
    return {};
  }

  Status read_rows() {
    const bool narrow = directory_.pictures.bytes == directory_.rows * sizeof(uint32_t);
    if (narrow) {
      const auto pictures = array_of<uint32_t>(*file_, directory_.pictures, end_, directory_.rows);
      if (!pictures) return propagate(pictures);
      stored_.narrow_pictures = *pictures;
    } else {
      const auto pictures = array_of<PictureId>(*file_, directory_.pictures, end_, directory_.rows);
      if (!pictures) return propagate(pictures);
      stored_.pictures = *pictures;
    }
    const auto vectors = array_of<Fixed>(*file_, directory_.vectors, end_, directory_.rows * dimension_);
    if (!vectors) return propagate(vectors);
    stored_.vectors = *vectors;
    if (!intact(*file_, stored_.narrow_pictures) || !intact(*file_, stored_.pictures)) return damaged_snapshot("a checksum does not match");
    return {};
  }

  Result<std::unique_ptr<Columns>> read_columns() {
    const auto bytes = array_of<std::byte>(*file_, directory_.columns, end_, directory_.columns.bytes);
    if (!bytes) return propagate(bytes);
    if (!intact(*file_, *bytes)) return damaged_snapshot("a checksum does not match");
    return Columns::load(*bytes, directory_.slots);
  }

  Result<std::shared_ptr<Directory>> read_partitions() {
    const auto bytes = array_of<std::byte>(*file_, directory_.space, end_, directory_.space.bytes);
    if (!bytes) return propagate(bytes);
    if (!intact(*file_, *bytes)) return damaged_snapshot("a checksum does not match");
    const auto space = CodeSpace::from_bytes(dimension_, *bytes);
    if (!space) return propagate(space);
    auto partitions = std::make_shared<Directory>(Directory{*space, directory_.fitted_rows, {}, {}});
    for (const PartitionSections& sections : directory_.partitions) {
      const auto list = read_list(sections, *partitions->space);
      if (!list) return propagate(list);
      const std::pair entry(sections.id, static_cast<uint32_t>(partitions->partitions.size()));
      partitions->numbers.insert(std::ranges::upper_bound(partitions->numbers, entry), entry);
      const auto clusters = read_clusters(sections, list->errors.size());
      if (!clusters) return propagate(clusters);
      partitions->partitions.push_back(std::make_shared<Partition>(sections.id, partitions->space, *list, *clusters));
    }
    if (std::ranges::adjacent_find(partitions->numbers, {}, &std::pair<CategoryId, uint32_t>::first) != partitions->numbers.end())
      return damaged_snapshot("a partition is there twice");
    for (uint32_t slot = 0; slot < directory_.slots; ++slot) {
      partitions->partitions[stored_.partitions[slot]]->live += stored_.first_rows[slot + 1] - stored_.first_rows[slot];
    }
    return partitions;
  }

  Result<StoredList> read_list(const PartitionSections& sections, const CodeSpace& space) const {
    const uint64_t blocks = sections.errors.bytes / sizeof(BlockErrors);
    const auto numbers = array_of<uint32_t>(*file_, sections.row_numbers, end_, blocks * kBlockRows);
    if (!numbers) return propagate(numbers);
    const auto heads = array_of<uint8_t>(*file_, sections.heads, end_, blocks * kBlockRows * space.head_bytes());
    if (!heads) return propagate(heads);
    const auto tails = array_of<uint8_t>(*file_, sections.tails, end_, blocks * kBlockRows * space.tail_bytes());
    if (!tails) return propagate(tails);
    const auto errors = array_of<BlockErrors>(*file_, sections.errors, end_, blocks);
    if (!errors) return propagate(errors);
    if (!intact(*file_, *numbers)) return damaged_snapshot("a checksum does not match");
    if (std::ranges::any_of(*numbers, [this](uint32_t row) { return row >= directory_.rows && row != kNoRow; }))
      return damaged_snapshot("a partition has a row that does not exist");
    return StoredList{file_, *numbers, *heads, *tails, *errors};
  }

  Result<std::shared_ptr<const Clusters>> read_clusters(const PartitionSections& sections, size_t blocks) const {
    if (sections.centres.bytes == 0) return nullptr;
    const auto bytes = array_of<std::byte>(*file_, sections.centres, end_, sections.centres.bytes);
    if (!bytes) return propagate(bytes);
    const auto first_blocks = array_of<uint32_t>(*file_, sections.first_blocks, end_, sections.first_blocks.bytes / sizeof(uint32_t));
    if (!first_blocks) return propagate(first_blocks);
    if (!intact(*file_, *bytes) || !intact(*file_, *first_blocks)) return damaged_snapshot("a checksum does not match");
    const auto centres = Centres::from_bytes(dimension_, *bytes);
    if (!centres) return propagate(centres);
    const bool fits = first_blocks->size() == (*centres)->size() + 1 && first_blocks->front() == 0 && first_blocks->back() <= blocks;
    if (!fits || !std::ranges::is_sorted(*first_blocks)) return damaged_snapshot("the clusters of a partition are impossible");
    return std::make_shared<const Clusters>(Clusters{*centres, {first_blocks->begin(), first_blocks->end()}});
  }

  const std::shared_ptr<SnapshotBytes> file_;
  const size_t dimension_;
  const uint64_t end_;  // of the arrays
  SnapshotDirectory directory_;
  StoredArrays stored_;
};

Result<LoadedIndex> load(const std::shared_ptr<SnapshotBytes>& file) {
  const auto header = checked_header(file->all());
  if (!header) return propagate(header);
  const auto directory_bytes = file->all().subspan(header->directory_offset);
  if (checksum64(directory_bytes) != header->directory_checksum) return damaged_snapshot("the checksum of its directory does not match");
  auto directory = decode_directory(directory_bytes);
  if (!directory) return propagate(directory);
  LoadedIndex loaded;
  loaded.stamp = directory->stamp;
  auto index = SnapshotReader(file, *header, std::move(*directory)).open();
  if (!index) return propagate(index);
  loaded.index = std::move(*index);
  return loaded;
}

}  // namespace

Result<LoadedIndex> load_embedded_index(std::span<const std::byte> bytes) { return load(SnapshotBytes::copy(bytes)); }

Result<LoadedIndex> load_embedded_index(const std::filesystem::path& path) {
  const auto file = SnapshotBytes::map(path);
  if (!file) return propagate(file);
  auto loaded = load(*file);
  if (!loaded) return propagate(loaded, path.string());
  return loaded;
}

Status verify_embedded_index(const std::filesystem::path& path) {
  const auto file = SnapshotBytes::map(path);
  if (!file) return propagate(file);
  const auto loaded = load(*file);
  if (!loaded) return propagate(loaded, path.string());
  if ((*file)->all_intact()) return {};
  return fail(ErrorCode::kCorrupt, "damaged_index", path.string() + ": a part of it is damaged");
}

}  // namespace nozama
