// What the dialects made of rows share: joining the rows of one product, and handing out drafts and errors in order.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feeds/draft_builder.h"
#include "feeds/feed_bytes.h"
#include "feeds/reader.h"

namespace nozama {

// A feed that has been opened but not understood yet.
struct FeedInput {
  std::string name;  // of the file, for messages
  int64_t size = 0;
  std::unique_ptr<FeedBytes> bytes;
  FeedOptions options;
};

class RowsFeed : public FeedReader {
 public:
  // More rows than these of one product are refused, so that a feed of one endless product stays in bounds.
  static constexpr size_t kRowsPerProductMax = 1000;
  // Rows of one product may stand so far from each other where a dialect does not keep them together.
  static constexpr size_t kWaitingBytesMax = size_t{64} << 20;

  RowsFeed(FeedInput input, std::string_view dialect)
      : file_(input.name), builder_(input.name), bytes_(std::move(input.bytes)), options_(std::move(input.options)), dialect_(dialect), size_(input.size) {}
  Result<std::optional<FeedItem>> next() final;
  std::string_view dialect() const final { return dialect_; }
  int64_t position() const final { return bytes_->position(); }
  int64_t size() const final { return size_; }

 protected:
  // The next rows in feed order; rows of one product may come in several calls. Errors go to `errors`. False at the end.
  virtual bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) = 0;

  // Hands out what is no row of a product.
  void emit(FeedItem item) { ready_.push_back(std::move(item)); }

  FeedBytes& bytes() { return *bytes_; }
  const FeedOptions& options() const { return options_; }

  const std::string file_;
  DraftBuilder builder_;

 private:
  struct Waiting {
    std::vector<FieldRow> rows;
    size_t bytes = 0;
  };

  void add_row(FieldRow row);
  void add_scattered_row(FieldRow row);
  void finish_oldest();
  void finish(std::vector<FieldRow>& rows);
  void finish_all();

  std::unique_ptr<FeedBytes> bytes_;
  FeedOptions options_;
  std::string_view dialect_;
  int64_t size_;
  std::vector<FieldRow> product_;  // rows read so far of the product that is being joined
  std::list<Waiting> waiting_;     // products whose rows may be anywhere, oldest first
  std::unordered_map<std::string, std::list<Waiting>::iterator> waiting_by_id_;
  size_t waiting_bytes_ = 0;
  std::deque<FeedItem> ready_;
  bool ended_ = false;
};

}  // namespace nozama
