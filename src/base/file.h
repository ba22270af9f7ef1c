// Whole-file reads and crash-safe writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

// Reads a regular file. kNotFound when it does not exist, kTooLarge over bytes_max, kUnavailable otherwise.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, size_t bytes_max = SIZE_MAX);
Result<std::string> read_text_file(const std::filesystem::path& path, size_t bytes_max = SIZE_MAX);

// Writes beside the target, flushes to disk, then renames: after a crash the file is the old one or the
// new one, whole. A full disk is kUnavailable with reason "disk_full", and the old file stays.
Status write_file_atomic(const std::filesystem::path& path, std::span<const std::byte> bytes);

// The same without flushing: whole for every reader at once, but after a crash or loss of power the file may be missing or
// damaged unless its file system has been flushed meanwhile.
Status write_file_unflushed(const std::filesystem::path& path, std::span<const std::byte> bytes);

// write_file_atomic() piece by piece, for what does not fit memory. Not committed = as if never begun.
class FileReplacement {
 public:
  static Result<FileReplacement> begin(const std::filesystem::path& path);
  FileReplacement(FileReplacement&& other) noexcept;
  FileReplacement& operator=(FileReplacement&&) = delete;
  ~FileReplacement();

  Status append(std::span<const std::byte> bytes);
  Status overwrite(uint64_t offset, std::span<const std::byte> bytes);  // what has been appended
  Status commit();                                                      // flushes and renames

 private:
  FileReplacement(std::filesystem::path path, std::filesystem::path temporary, int file);
  std::filesystem::path path_, temporary_;
  int file_;
};

inline std::span<const std::byte> as_byte_span(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace nozama
