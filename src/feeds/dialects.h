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
// Text that begins with a brace or a bracket: ours, Amazon's or schema.org's.
Result<std::unique_ptr<FeedReader>> open_json_feed(FeedInput input);
// `dialect` is "amazon-2014", "amazon-2018" or "amazon-2023".
std::unique_ptr<FeedReader> open_amazon_feed(FeedInput input, std::string_view dialect);
std::unique_ptr<FeedReader> open_amazon_reviews(FeedInput input, std::string_view dialect);
std::unique_ptr<FeedReader> open_feature_feed(FeedInput input);
std::unique_ptr<FeedReader> open_merchant_xml_feed(FeedInput input);
enum class SchemaOrgSyntax { kLines, kDocument, kHtml };
std::unique_ptr<FeedReader> open_schema_org_feed(FeedInput input, SchemaOrgSyntax syntax);

// Is the start that of the image features of McAuley et al.: 10 characters of ASIN, then 4096 32-bit numbers, again and again?
bool is_feature_feed(std::string_view start);
Result<std::unique_ptr<FeedReader>> open_folder_feed(const std::filesystem::path& folder);

}  // namespace nozama
