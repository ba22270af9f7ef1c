#include "engine/picture_reference.h"

#include <fmt/format.h>

namespace nozama {

namespace fs = std::filesystem;

bool is_remote(std::string_view reference) { return reference.starts_with("http://") || reference.starts_with("https://") || reference.starts_with("//"); }

std::string url_of(std::string_view reference) { return fmt::format("{}{}", reference.starts_with("//") ? "https:" : "", reference); }

fs::path feed_folder(const fs::path& source) { return fs::is_directory(source) ? fs::absolute(source) : fs::absolute(source).parent_path(); }

}  // namespace nozama
