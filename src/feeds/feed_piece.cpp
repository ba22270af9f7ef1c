#include "feeds/feed_piece.h"

#include "feeds/csv_parser.h"

namespace nozama {

Error too_long_piece() { return {ErrorCode::kInvalidArgument, "row_too_long", "larger than 10 MiB; is its end missing?"}; }

Error cut_piece() { return {ErrorCode::kInvalidArgument, "feed_cut", "the feed ends in the middle of this; fetch it again"}; }

void FeedPiece::set_text(std::string bytes) {
  if (is_utf8(bytes)) {
    text = std::move(bytes);
  } else {
    error = Error{ErrorCode::kInvalidArgument, "not_utf8", "not UTF-8 text; save the file as UTF-8"};
  }
}

}  // namespace nozama
