// The bytes of a snapshot, mapped, and checked block by block before their first use. Internal to the index.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"

namespace nozama {

class SnapshotBytes {
 public:
  static constexpr size_t kBlockBytes = 16384;

  // A private mapping: others may replace the file meanwhile.
  static Result<std::shared_ptr<SnapshotBytes>> map(const std::filesystem::path& path);
  static std::shared_ptr<SnapshotBytes> copy(std::span<const std::byte> bytes);
  SnapshotBytes(const SnapshotBytes&) = delete;
  SnapshotBytes& operator=(const SnapshotBytes&) = delete;
  ~SnapshotBytes();

  std::span<const std::byte> all() const { return bytes_; }

  // The checksums of the blocks of [begin, end), once, before the first intact().
  void expect(size_t begin, size_t end, std::vector<uint64_t> checksums);
  // Whether the blocks that these bytes lie in are as they were written; each is read once. Once false, damaged() stays true.
  // Thread-safe.
  bool intact(const void* first, size_t size) const;
  bool all_intact() const { return intact(bytes_.data() + begin_, end_ - begin_); }  // reads all of it
  bool damaged() const { return damaged_.load(std::memory_order_relaxed); }

 private:
  SnapshotBytes() = default;
  bool check_block(size_t block) const;

  std::span<const std::byte> bytes_;
  std::vector<uint64_t> owned_;  // when copied; else mapped
  size_t begin_ = 0, end_ = 0;
  std::vector<uint64_t> checksums_;
  std::unique_ptr<std::atomic<bool>[]> checked_;
  mutable std::atomic<bool> damaged_{false};
};

}  // namespace nozama
