// What a killed program has left of files that it was writing.
#pragma once

#include <filesystem>
#include <vector>

namespace nozama {

// Removes from `folder`, not from those in it, the temporary files of write_file_atomic() and its kin that nobody has written to for
// an hour: younger ones may be another process's. What cannot be looked at or removed is left for the next time.
void remove_leftovers(const std::filesystem::path& folder);

// Such files in `folder` and in all folders below it.
std::vector<std::filesystem::path> find_leftovers(const std::filesystem::path& folder);

}  // namespace nozama
