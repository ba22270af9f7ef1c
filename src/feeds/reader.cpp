#include "feeds/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "feeds/dialects.h"

namespace nozama {
namespace {

constexpr size_t kStartBytes = size_t{64} << 10;

std::string_view without_space(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

Status check_is_text(const std::string& name, std::string_view start) {
  if (start.starts_with("PK\x03\x04")) {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", name + " is compressed with ZIP; unpack it first");
  }
  if (start.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument, "unknown_dialect", name + " is not a text file; docs/feeds lists what is imported");
  }
  return {};
}

// Of the whole start, since a feed may begin with a long description of itself.
Result<std::unique_ptr<FeedReader>> open_markup_feed(FeedInput input, std::string_view start) {
  const auto has = [&](std::string_view text) { return start.find(text) != std::string_view::npos; };
  const bool page = has("<html") || has("<HTML") || has("application/ld+json");
  if (page) return open_schema_org_feed(std::move(input), SchemaOrgSyntax::kHtml);
  if (has("<rss") || has("<feed") || has("<channel") || has("<item") || has("<entry")) return open_merchant_xml_feed(std::move(input));
  return fail(ErrorCode::kInvalidArgument, "unknown_dialect",
              input.name + " is XML of a kind that is not known; Google Merchant feeds (RSS, Atom) and pages with schema.org products are read");
}

Result<std::unique_ptr<FeedReader>> open_text_feed(FeedInput input) {
  std::string_view raw = input.bytes->raw_start();
  if (raw.starts_with("\xEF\xBB\xBF")) raw.remove_prefix(3);
  if (is_feature_feed(raw)) {
    input.bytes->decoder().pass_through();
    return open_feature_feed(std::move(input));
  }
  const bool json = without_space(raw).starts_with('{') || without_space(raw).starts_with('[');
  if (json) input.bytes->decoder().never_guess();
  const std::string_view start = input.bytes->look_ahead(kStartBytes);
  if (start.empty() && input.bytes->damage()) {
    return fail(input.bytes->damage()->code, input.bytes->damage()->reason, input.name + ": " + input.bytes->damage()->message);
  }
  if (start.empty()) return fail(ErrorCode::kInvalidArgument, "empty_feed", input.name + " is empty");
  const Status text = check_is_text(input.name, start);
  if (!text) return propagate(text);
  const std::string_view text_start = without_space(start);
  if (text_start.starts_with('{') || text_start.starts_with('[')) return open_json_feed(std::move(input));
  if (text_start.starts_with('<')) return open_markup_feed(std::move(input), start);
  return open_csv_feed(std::move(input));
}

}  // namespace

Result<std::unique_ptr<FeedReader>> open_feed(const std::filesystem::path& source, FeedOptions options) {
  std::error_code error;
  const auto status = std::filesystem::status(source, error);
  if (!std::filesystem::exists(status)) return fail(ErrorCode::kNotFound, "file_not_found", fmt::format("there is no file or folder {}", source.string()));
  if (std::filesystem::is_directory(status)) return open_folder_feed(source);
  std::ifstream readable(source, std::ios::binary);
  if (!std::filesystem::is_regular_file(status) || !readable) {
    return fail(ErrorCode::kUnavailable, "io_error", fmt::format("{} cannot be read as a file", source.string()));
  }
  const auto size = static_cast<int64_t>(std::filesystem::file_size(source, error));
  return open_text_feed({source.filename().string(), size, std::make_unique<FeedBytes>(source), std::move(options)});
}

}  // namespace nozama
