// A folder tree class/picture as labelled examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace nozama {

struct LabelledPicture {
  std::string name;  // relative to the folder: "shoes/12.jpg"
  size_t label = 0;  // position in LabelledFolder::classes
};

struct LabelledFolder {
  std::filesystem::path folder;
  std::vector<std::string> classes;  // names of the folders that have pictures, sorted
  std::vector<LabelledPicture> pictures;
  int64_t without_class = 0;  // pictures that lie directly in the folder; left out

  std::filesystem::path path_of(const LabelledPicture& picture) const { return folder / picture.name; }
};

// The class is the first folder of a picture's path; folders below it belong to it. kNotFound "folder_missing";
// kInvalidArgument "no_labels" when no picture has a class.
Result<LabelledFolder> read_labelled_folder(const std::filesystem::path& folder);

}  // namespace nozama
