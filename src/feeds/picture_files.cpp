#include "feeds/picture_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace nozama {

namespace fs = std::filesystem;

bool is_picture_name(const fs::path& path) {
  if (path.filename().string().starts_with('.')) return false;
  constexpr std::array kExtensions = {".jpg", ".jpeg", ".png", ".webp", ".gif"};
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Result<std::vector<fs::path>> list_picture_files(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return fail(ErrorCode::kNotFound, "folder_missing", fmt::format("there is no folder {}", folder.string()));
  std::vector<fs::path> pictures;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;  // of a link that leads nowhere
    if (entry->is_regular_file(ignored) && is_picture_name(entry->path())) pictures.push_back(entry->path().lexically_relative(folder));
  }
  if (error) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("reading {}: {}", folder.string(), error.message()));
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

}  // namespace nozama
