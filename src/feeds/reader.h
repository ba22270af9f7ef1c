// Feed bytes → products, one at a time and in constant memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "feeds/draft.h"

namespace nozama {

struct FeedOptions {
  std::string currency = "USD";  // of prices in dialects that do not name it
};

using FeedItem = std::variant<ProductDraft, EventDraft, FeatureDraft, RowError>;

class FeedReader {
 public:
  virtual ~FeedReader() = default;

  virtual std::string_view dialect() const = 0;  // "csv", "shopify-csv", "folder" …: docs/feeds/README.md

  // The next product, event or features, or the next bad row; nullopt at the end. An error means that nothing more can be read.
  virtual Result<std::optional<FeedItem>> next() = 0;

  // Bytes of the feed (files of a folder), for progress.
  virtual int64_t position() const = 0;
  virtual int64_t size() const = 0;
};

// The dialect comes from the content, which may be gzip, and UTF-8, UTF-16 or Windows-1252; docs/feeds/ describes each.
// Errors: kNotFound; kInvalidArgument "missing_column" (names it and those found), "unknown_dialect", "empty_feed", "not_utf8".
Result<std::unique_ptr<FeedReader>> open_feed(const std::filesystem::path& source, FeedOptions options = {});

}  // namespace nozama
