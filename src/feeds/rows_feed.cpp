#include "feeds/rows_feed.h"

#include <fmt/format.h>

namespace nozama {

void RowsFeed::finish_product() {
  if (product_.empty()) return;
  std::vector<RowError> errors;
  auto draft = builder_.build(product_, errors);
  if (draft) ready_.emplace_back(std::move(*draft));
  for (RowError& error : errors) ready_.emplace_back(std::move(error));
  product_.clear();
}

void RowsFeed::add_row(FieldRow row) {
  const bool same = !product_.empty() && !row.get("id").empty() && row.get("id") == product_.front().get("id");
  if (!same) finish_product();
  if (product_.size() < kRowsPerProductMax) {
    product_.push_back(std::move(row));
  } else {
    ready_.emplace_back(builder_.row_error(row.line, "too_many_variants", fmt::format("the product has more than {} variants", kRowsPerProductMax)));
  }
}

Result<std::optional<FeedItem>> RowsFeed::next() {
  while (ready_.empty() && !ended_) {
    std::vector<FieldRow> rows;
    std::vector<RowError> errors;
    ended_ = !read_rows(rows, errors);
    for (RowError& error : errors) ready_.emplace_back(std::move(error));
    for (FieldRow& row : rows) add_row(std::move(row));
    if (ended_) finish_product();
  }
  if (!ready_.empty()) {
    FeedItem item = std::move(ready_.front());
    ready_.pop_front();
    return std::optional<FeedItem>(std::move(item));
  }
  if (read_failed()) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("{} cannot be read beyond byte {}", file_, position()));
  return std::optional<FeedItem>();
}

}  // namespace nozama
