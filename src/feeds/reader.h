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

using FeedItem = std::variant<ProductDraft, RowError>;

class FeedReader {
 public:
  virtual ~FeedReader() = default;

  virtual std::string_view dialect() const = 0;  // "csv", "tsv", "jsonl", "first-system-csv", "folder"

  // The next product or the next bad row; nullopt at the end. An error means that nothing more can be read.
  virtual Result<std::optional<FeedItem>> next() = 0;

  // Bytes of the feed (files of a folder), for progress.
  virtual int64_t position() const = 0;
  virtual int64_t size() const = 0;
};

// The dialect comes from the content: a folder, JSON objects, or a header row; `<Label>_downloaded.csv` with the columns
// asin and imUrl is the first system's. Errors: kNotFound; kInvalidArgument "missing_column" (names it and those found),
// "unknown_dialect", "empty_feed", "not_utf8".
Result<std::unique_ptr<FeedReader>> open_feed(const std::filesystem::path& source);

}  // namespace nozama
