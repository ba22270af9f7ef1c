// The bundles that the recipe made, and copies of them that a test may damage.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace nozama {

inline std::filesystem::path models_dir_for_test() { return NOZAMA_MODELS_DIR; }

// A folder of its own, removed afterwards.
class ScratchDir {
 public:
  ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nozama-model-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::filesystem::path copy_bundle(const std::string& name, const ScratchDir& scratch) {
  const auto copy = scratch.path() / name;
  std::filesystem::copy(models_dir_for_test() / name, copy);
  return copy;
}

inline void overwrite(const std::filesystem::path& path, std::string_view text) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << text;
}

}  // namespace nozama
