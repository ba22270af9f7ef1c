#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace nozama {

struct FileSum {
  uint64_t bytes = 0;
  std::string sha256;  // as sha256sum prints it
  bool operator==(const FileSum&) const = default;
};

// In constant memory. Errors as read_file().
Result<FileSum> hash_file(const std::filesystem::path& path);

// The same while the bytes are written to `to`, whole or not at all.
Result<FileSum> copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace nozama
