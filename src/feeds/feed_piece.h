// One record of a feed as text, cut out of the whole before it is understood.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "feeds/feed_bytes.h"

namespace nozama {

struct FeedPiece {
  static constexpr size_t kBytesMax = size_t{10} << 20;

  // Refuses what is not UTF-8.
  void set_text(std::string bytes);

  int64_t line = 0;            // where it begins, from 1
  std::string text;            // UTF-8; empty when there is an error
  std::optional<Error> error;  // "row_too_long", "feed_cut", "not_utf8", without file and line
};

class PieceReader {
 public:
  virtual ~PieceReader() = default;
  virtual std::optional<FeedPiece> next() = 0;  // nullopt at the end
};

Error too_long_piece();
Error cut_piece();

}  // namespace nozama
