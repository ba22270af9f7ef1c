#include "feeds/rows_feed.h"

namespace nozama {

void RowsFeed::finish_product() {
  if (product_.empty()) return;
  std::vector<RowError> errors;
  auto draft = builder_.build(product_, errors);
  if (draft) ready_.emplace_back(std::move(*draft));
  for (RowError& error : errors) ready_.emplace_back(std::move(error));
  product_.clear();
}

Result<std::optional<FeedItem>> RowsFeed::next() {
  while (ready_.empty() && !ended_) {
    std::vector<FieldRow> rows;
    std::vector<RowError> errors;
    ended_ = !read_rows(rows, errors);
    for (RowError& error : errors) ready_.emplace_back(std::move(error));
    for (FieldRow& row : rows) {
      const bool same = !product_.empty() && !row.get("id").empty() && row.get("id") == product_.front().get("id");
      if (!same) finish_product();
      product_.push_back(std::move(row));
    }
    if (ended_) finish_product();
  }
  if (ready_.empty()) return std::optional<FeedItem>();
  FeedItem item = std::move(ready_.front());
  ready_.pop_front();
  return std::optional<FeedItem>(std::move(item));
}

}  // namespace nozama
