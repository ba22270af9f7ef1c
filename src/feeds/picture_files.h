// The pictures of a folder tree, by the endings of their names.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"

namespace nozama {

// Names that begin with a dot are other programs' (macOS leaves a `._shoe.jpg` beside `shoe.jpg`).
bool is_picture_name(const std::filesystem::path& path);

// Relative to the folder, sorted. kNotFound "folder_missing" for what is no folder, kUnavailable "io_error".
Result<std::vector<std::filesystem::path>> list_picture_files(const std::filesystem::path& folder);

}  // namespace nozama
