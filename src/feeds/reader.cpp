#include "feeds/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "feeds/dialects.h"

namespace nozama {
namespace {

// The first line, or as much of it as tells the dialect.
std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(size_t{64} << 10, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<size_t>(file.gcount()));
  if (start.starts_with("\xEF\xBB\xBF")) start.erase(0, 3);
  return start.substr(0, start.find('\n'));
}

// The one that separates most names of the header; a comma where they are equal.
char separator_of(const std::string& header) {
  char separator = ',';
  for (const char candidate : {'\t', ';'}) {
    if (std::count(header.begin(), header.end(), candidate) > std::count(header.begin(), header.end(), separator)) separator = candidate;
  }
  return separator;
}

// Files that one could take for a feed, and what to do with them.
Status check_is_text(const std::filesystem::path& source, const std::string& start) {
  if (start.starts_with("\xFF\xFE") || start.starts_with("\xFE\xFF")) {
    return fail(ErrorCode::kInvalidArgument, "not_utf8", source.string() + " is UTF-16 text; save it as UTF-8");
  }
  if (start.starts_with("\x1F\x8B") || start.starts_with("PK\x03\x04")) {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", source.string() + " is compressed; unpack it first");
  }
  if (start.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", source.string() + " is not a text file; CSV, TSV, JSONL and folders of pictures are imported");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FeedReader>> open_feed(const std::filesystem::path& source) {
  std::error_code error;
  const auto status = std::filesystem::status(source, error);
  if (!std::filesystem::exists(status)) return fail(ErrorCode::kNotFound, "file_not_found", fmt::format("there is no file or folder {}", source.string()));
  if (std::filesystem::is_directory(status)) return open_folder_feed(source);
  std::ifstream readable(source, std::ios::binary);
  if (!std::filesystem::is_regular_file(status) || !readable) {
    return fail(ErrorCode::kUnavailable, "io_error", fmt::format("{} cannot be read as a file", source.string()));
  }
  const FeedFile file{source, source.filename().string(), static_cast<int64_t>(std::filesystem::file_size(source, error))};
  const std::string start = first_line(source);
  if (file.size == 0) return fail(ErrorCode::kInvalidArgument, "empty_feed", source.string() + " is empty");
  const Status text = check_is_text(source, start);
  if (!text) return propagate(text);
  const size_t first = start.find_first_not_of(" \t\r");
  if (first != std::string::npos && start[first] == '{') return open_jsonl_feed(file);
  if (first != std::string::npos && start[first] == '[') {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", source.string() + " is a JSON array; write one object a line (JSONL)");
  }
  return open_csv_feed(file, separator_of(start));
}

}  // namespace nozama
