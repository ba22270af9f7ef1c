// Where a file has JSON values that are not one a line. Each comes out as text, in constant memory.
#pragma once

#include "feeds/feed_piece.h"

namespace nozama {

// A line each, empty ones left out.
class LinePieces final : public PieceReader {
 public:
  explicit LinePieces(FeedBytes& bytes) : bytes_(bytes) {}
  std::optional<FeedPiece> next() override;

 private:
  FeedBytes& bytes_;
};

// The objects of a document: the elements of its array, or itself; several documents may follow one another.
class JsonPieces final : public PieceReader {
 public:
  explicit JsonPieces(FeedBytes& bytes) : bytes_(bytes) {}
  std::optional<FeedPiece> next() override;

 private:
  FeedBytes& bytes_;
};

// What stands in a page's <script type="application/ld+json">.
class ScriptPieces final : public PieceReader {
 public:
  explicit ScriptPieces(FeedBytes& bytes) : bytes_(bytes) {}
  std::optional<FeedPiece> next() override;

 private:
  bool skip_to_script();
  FeedBytes& bytes_;
};

}  // namespace nozama
