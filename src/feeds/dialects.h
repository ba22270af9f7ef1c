// The feed readers behind open_feed(). Internal to the module.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "feeds/reader.h"
#include "feeds/rows_feed.h"

namespace nozama {

inline constexpr std::string_view kFirstSystemSuffix = "_downloaded.csv";

Result<std::unique_ptr<FeedReader>> open_csv_feed(FeedInput input);
std::unique_ptr<FeedReader> open_jsonl_feed(FeedInput input);
Result<std::unique_ptr<FeedReader>> open_folder_feed(const std::filesystem::path& folder);

}  // namespace nozama
