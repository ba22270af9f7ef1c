#include "engine/picture_reference.h"

#include <fmt/format.h>

namespace nozama {

namespace fs = std::filesystem;

bool is_remote(std::string_view reference) { return reference.starts_with("http://") || reference.starts_with("https://") || reference.starts_with("//"); }

std::string url_of(std::string_view reference) { return fmt::format("{}{}", reference.starts_with("//") ? "https:" : "", reference); }

bool is_stored(std::string_view reference) {
  if (!reference.starts_with(kStoredPrefix)) return false;
  reference.remove_prefix(kStoredPrefix.size());
  return !reference.empty() && reference.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string stored_hash(std::string_view reference) { return std::string(reference.substr(kStoredPrefix.size())); }

fs::path feed_folder(const fs::path& source) { return fs::is_directory(source) ? fs::absolute(source) : fs::absolute(source).parent_path(); }

}  // namespace nozama
