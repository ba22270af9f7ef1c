// The bundles that the recipe made, and copies of them that a test may damage.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/scratch_dir_for_test.h"

namespace nozama {

inline std::filesystem::path models_dir_for_test() { return NOZAMA_MODELS_DIR; }

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
