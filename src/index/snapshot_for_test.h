// Snapshots whose bytes were changed, with checksums that are right again: what a checksum alone does not catch.
#pragma once

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "index/snapshot_bytes.h"
#include "index/snapshot_format.h"

namespace nozama {

// Of a file of at least kSnapshotDataBegin bytes.
inline SnapshotHeader snapshot_header(const std::vector<std::byte>& file) {
  SnapshotHeader header;
  std::memcpy(&header, file.data(), sizeof header);
  return header;
}

inline void set_snapshot_header(std::vector<std::byte>& file, SnapshotHeader header) {
  header.checksum = checksum64(std::as_bytes(std::span(&header, 1)).first(offsetof(SnapshotHeader, checksum)));
  std::memcpy(file.data(), &header, sizeof header);
}

// As far as the directory can be read.
inline void mend_snapshot_checksums(std::vector<std::byte>& file) {
  SnapshotHeader header = snapshot_header(file);
  if (header.directory_offset < kSnapshotDataBegin || header.directory_offset > file.size()) return;
  const auto bytes = std::span(file).subspan(header.directory_offset);
  if (auto directory = decode_directory(bytes)) {
    size_t at = kSnapshotDataBegin;
    for (uint64_t& checksum : directory->checksums) {
      const size_t size = std::min<size_t>(SnapshotBytes::kBlockBytes, header.directory_offset - at);
      checksum = checksum64(std::span<const std::byte>(file).subspan(at, size));
      at += size;
    }
    std::ranges::copy(encode_directory(*directory), bytes.begin());
  }
  header.directory_checksum = checksum64(bytes);
  set_snapshot_header(file, header);
}

}  // namespace nozama
