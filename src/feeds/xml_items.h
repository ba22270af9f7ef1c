// The <item> or <entry> elements of an XML feed as text, one at a time, in constant memory.
#pragma once

#include <string>

#include "feeds/feed_piece.h"

namespace nozama {

class XmlItems final : public PieceReader {
 public:
  explicit XmlItems(FeedBytes& bytes) : bytes_(bytes) {}
  // Comments and CDATA sections may hold anything.
  std::optional<FeedPiece> next() override;

 private:
  bool skip_to_item();
  void keep(int c);
  bool read_past(std::string_view end);

  FeedBytes& bytes_;
  std::string name_;  // of the present element
  std::string text_;
  bool keeping_ = false;
};

}  // namespace nozama
