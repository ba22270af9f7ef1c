#include "base/leftovers.h"

#include <chrono>
#include <string>

#include "base/log.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr auto kAbandonedAfter = std::chrono::hours(1);

bool is_temporary(const std::string& name) { return name.starts_with('.') && name.ends_with(".tmp"); }

bool is_abandoned(const fs::directory_entry& entry) {
  std::error_code error;
  if (!entry.is_regular_file(error) || entry.is_symlink(error)) return false;
  const auto written = entry.last_write_time(error);
  return !error && written < fs::file_time_type::clock::now() - kAbandonedAfter;
}

}  // namespace

std::vector<fs::path> find_leftovers(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_temporary(entry->path().filename().string()) && is_abandoned(*entry)) found.push_back(entry->path());
  }
  return found;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_temporary(entry->path().filename().string()) || !is_abandoned(*entry)) continue;
    std::error_code failure;
    if (fs::remove(entry->path(), failure)) log_info("leftover_removed", {{"file", entry->path().string()}});
  }
}

}  // namespace nozama
