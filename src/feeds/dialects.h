// The feed readers behind open_feed(). Internal to the module.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "feeds/reader.h"

namespace nozama {

inline constexpr std::string_view kFirstSystemSuffix = "_downloaded.csv";

struct FeedFile {
  std::filesystem::path path;
  std::string name;  // of the file, for messages
  int64_t size = 0;
};

Result<std::unique_ptr<FeedReader>> open_csv_feed(const FeedFile& source, char separator);
Result<std::unique_ptr<FeedReader>> open_jsonl_feed(const FeedFile& source);
Result<std::unique_ptr<FeedReader>> open_folder_feed(const std::filesystem::path& folder);

}  // namespace nozama
