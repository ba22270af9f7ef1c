// The bytes of the index snapshot; docs/index_format.md describes every one. Internal to the index.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/ids.h"
#include "index/vector_index.h"

namespace nozama {

inline constexpr std::string_view kSnapshotMagic = "NZMINDEX";
inline constexpr uint32_t kSnapshotVersion = 4;
inline constexpr size_t kSectionAlignment = 64;

struct SnapshotHeader {
  char magic[8];
  uint32_t version, dimension;
  uint64_t directory_offset, directory_bytes, directory_checksum;
  uint64_t checksum;  // of the header before it
};
static_assert(sizeof(SnapshotHeader) == 48);
inline constexpr size_t kSnapshotDataBegin = 64;

// Where an array lies in the file.
struct Section {
  uint64_t offset = 0, bytes = 0;
};

struct PartitionSections {
  CategoryId id;
  Section row_numbers, heads, tails, errors;
  Section centres, first_blocks;  // empty without clusters
};

struct SnapshotDirectory {
  IndexStamp stamp;
  uint64_t slots = 0, rows = 0, fitted_rows = 0;
  Section identities, slot_partitions, first_rows, pictures, vectors, columns, space;
  std::vector<PartitionSections> partitions;  // by number
  std::vector<uint64_t> checksums;            // of the blocks between kSnapshotDataBegin and the directory
};

std::vector<std::byte> encode_directory(const SnapshotDirectory& directory);
Result<SnapshotDirectory> decode_directory(std::span<const std::byte> bytes);

std::unexpected<Error> damaged_snapshot(std::string_view what);

}  // namespace nozama
