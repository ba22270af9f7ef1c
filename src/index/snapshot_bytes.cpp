#include "index/snapshot_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/hash.h"

namespace nozama {

Result<std::shared_ptr<SnapshotBytes>> SnapshotBytes::map(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info{};
  void* mapped = MAP_FAILED;
  if (file >= 0 && ::fstat(file, &info) == 0 && info.st_size > 0) mapped = ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (file < 0 && error == ENOENT) return fail(ErrorCode::kNotFound, "file_not_found", fmt::format("there is no {}", path.string()));
  if (file >= 0 && info.st_size == 0) return copy({});
  if (mapped == MAP_FAILED) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("mapping {}: {}", path.string(), std::strerror(error)));
  auto bytes = std::shared_ptr<SnapshotBytes>(new SnapshotBytes);
  bytes->bytes_ = {static_cast<const std::byte*>(mapped), static_cast<size_t>(info.st_size)};
  return bytes;
}

std::shared_ptr<SnapshotBytes> SnapshotBytes::copy(std::span<const std::byte> from) {
  auto bytes = std::shared_ptr<SnapshotBytes>(new SnapshotBytes);
  bytes->owned_.resize(from.size() / sizeof(uint64_t) + 1);
  if (!from.empty()) std::memcpy(bytes->owned_.data(), from.data(), from.size());
  bytes->bytes_ = std::as_bytes(std::span(bytes->owned_)).first(from.size());
  return bytes;
}

SnapshotBytes::~SnapshotBytes() {
  if (owned_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void SnapshotBytes::expect(size_t begin, size_t end, std::vector<uint64_t> checksums) {
  begin_ = begin;
  end_ = end;
  checksums_ = std::move(checksums);
  checked_ = std::make_unique<std::atomic<bool>[]>(checksums_.size());
}

bool SnapshotBytes::intact(const void* first, size_t size) const {
  if (size == 0) return true;
  const size_t offset = static_cast<size_t>(static_cast<const std::byte*>(first) - bytes_.data()) - begin_;
  bool intact = true;
  for (size_t block = offset / kBlockBytes; block <= (offset + size - 1) / kBlockBytes; ++block) {
    if (!checked_[block].load(std::memory_order_relaxed)) intact = check_block(block) && intact;
  }
  return intact;
}

bool SnapshotBytes::check_block(size_t block) const {
  const auto rest = bytes_.first(end_).subspan(begin_ + block * kBlockBytes);
  const bool right = checksum64(rest.first(std::min(kBlockBytes, rest.size()))) == checksums_[block];
  if (right) {
    checked_[block].store(true, std::memory_order_relaxed);
  } else {
    damaged_.store(true, std::memory_order_relaxed);
  }
  return right;
}

}  // namespace nozama
