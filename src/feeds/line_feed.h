// Dialects of one record a line.
#pragma once

#include <string_view>
#include <vector>

#include "feeds/rows_feed.h"

namespace nozama {

class LineFeed : public RowsFeed {
 public:
  static constexpr size_t kLineBytesMax = size_t{10} << 20;

  using RowsFeed::RowsFeed;

 protected:
  bool read_rows(std::vector<FieldRow>& rows, std::vector<RowError>& errors) final;
  // One line of UTF-8, trimmed, not empty.
  virtual void read_text(std::string_view text, int64_t line, std::vector<FieldRow>& rows, std::vector<RowError>& errors) = 0;
};

}  // namespace nozama
