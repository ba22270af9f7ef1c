// What the dialects made of rows share: joining adjacent rows of one product, and handing out drafts and errors in order.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "feeds/draft_builder.h"
#include "feeds/reader.h"

namespace nozama {

class RowsFeed : public FeedReader {
 public:
  // More rows than these of one product are refused, so that a feed of one endless product stays in bounds.
  static constexpr size_t kRowsPerProductMax = 1000;

  explicit RowsFeed(std::string file) : file_(file), builder_(std::move(file)) {}
  Result<std::optional<FeedItem>> next() final;

 protected:
  // The next rows in feed order; rows of one product may come in several calls. Errors go to `errors`. False at the end.
  virtual bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) = 0;
  // True when reading stopped before the end of the file.
  virtual bool read_failed() const = 0;

  const std::string file_;
  DraftBuilder builder_;

 private:
  void add_row(FieldRow row);
  void finish_product();
  std::vector<FieldRow> product_;  // rows read so far of the product that is being joined
  std::deque<FeedItem> ready_;
  bool ended_ = false;
};

}  // namespace nozama
