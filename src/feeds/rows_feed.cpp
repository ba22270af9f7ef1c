#include "feeds/rows_feed.h"

#include <fmt/format.h>

#include <algorithm>

namespace nozama {
namespace {

size_t bytes_of(const FieldRow& row) {
  size_t bytes = sizeof(FieldRow);
  for (const auto& [name, value] : row.fields) bytes += sizeof(std::string) * 2 + name.size() + value.size();
  for (const DraftAttribute& attribute : row.attributes) bytes += sizeof(DraftAttribute) + attribute.name.size() + attribute.value.size();
  return bytes;
}

}  // namespace

void RowsFeed::finish(std::vector<FieldRow>& rows) {
  if (rows.empty()) return;
  std::vector<RowError> errors;
  auto draft = builder_.build(rows, errors);
  if (draft) ready_.emplace_back(std::move(*draft));
  for (RowError& error : errors) ready_.emplace_back(std::move(error));
  rows.clear();
}

void RowsFeed::finish_oldest() {
  Waiting oldest = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= oldest.bytes;
  waiting_by_id_.erase(std::string(oldest.rows.front().get("id")));
  // The product before its variants, wherever it stood.
  std::stable_partition(oldest.rows.begin(), oldest.rows.end(), [](const FieldRow& row) { return row.kind == RowKind::kParent; });
  finish(oldest.rows);
}

void RowsFeed::finish_all() {
  finish(product_);
  while (!waiting_.empty()) finish_oldest();
}

void RowsFeed::add_scattered_row(FieldRow row) {
  finish(product_);
  const auto [found, fresh] = waiting_by_id_.try_emplace(std::string(row.get("id")));
  if (fresh) found->second = waiting_.emplace(waiting_.end());
  Waiting& product = *found->second;
  if (product.rows.size() >= kRowsPerProductMax) {
    ready_.emplace_back(builder_.row_error(row.line, "too_many_variants", fmt::format("the product has more than {} variants", kRowsPerProductMax)));
    return;
  }
  const size_t bytes = bytes_of(row);
  product.bytes += bytes;
  waiting_bytes_ += bytes;
  product.rows.push_back(std::move(row));
  while (waiting_bytes_ > kWaitingBytesMax) finish_oldest();
}

void RowsFeed::add_row(FieldRow row) {
  if (row.scattered) {
    add_scattered_row(std::move(row));
    return;
  }
  const bool same = !product_.empty() && !row.get("id").empty() && row.get("id") == product_.front().get("id");
  if (!same) finish(product_);
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
    if (!ended_) continue;
    finish_all();
    if (bytes_->damage()) ready_.emplace_back(builder_.row_error(bytes_->line(), bytes_->damage()->reason, bytes_->damage()->message));
  }
  if (!ready_.empty()) {
    FeedItem item = std::move(ready_.front());
    ready_.pop_front();
    return std::optional<FeedItem>(std::move(item));
  }
  if (bytes_->failed()) return fail(ErrorCode::kUnavailable, "io_error", fmt::format("{} cannot be read beyond byte {}", file_, position()));
  return std::optional<FeedItem>();
}

}  // namespace nozama
