#include "feeds/json_pieces.h"

#include "feeds/csv_parser.h"
#include "feeds/dialect_row.h"

namespace nozama {

std::optional<FeedPiece> LinePieces::next() {
  while (true) {
    FeedPiece piece{.line = bytes_.line()};
    std::string line;
    if (!bytes_.read_line(line, FeedPiece::kBytesMax + 1)) return std::nullopt;
    if (trim(line).empty()) continue;
    if (bytes_.damage() && bytes_.line() == piece.line) return std::nullopt;  // a line cut short may look whole
    if (line.size() > FeedPiece::kBytesMax) {
      piece.error = too_long_piece();
    } else {
      piece.set_text(std::string(trim(line)));
    }
    return piece;
  }
}

std::optional<FeedPiece> JsonPieces::next() {
  while (bytes_.peek() >= 0 && bytes_.peek() != '{') bytes_.get();  // brackets and commas between objects
  if (bytes_.peek() < 0) return std::nullopt;
  FeedPiece piece{.line = bytes_.line()};
  std::string text;
  int depth = 0;
  bool quoted = false, escaped = false;
  do {
    const int c = bytes_.get();
    if (c < 0) {
      piece.error = cut_piece();
      return piece;
    }
    if (text.size() <= FeedPiece::kBytesMax) text += static_cast<char>(c);
    if (quoted) {
      quoted = escaped || c != '"';
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}') {
      --depth;
    }
  } while (depth > 0);
  if (text.size() > FeedPiece::kBytesMax) {
    piece.error = too_long_piece();
  } else {
    piece.set_text(std::move(text));
  }
  return piece;
}

// Behind the start tag of the next one.
bool ScriptPieces::skip_to_script() {
  constexpr size_t kNameBytes = 7, kTagBytesMax = 4096;
  while (bytes_.peek() >= 0) {
    if (bytes_.peek() != '<' || lower_case(bytes_.look_ahead(kNameBytes)) != "<script") {
      bytes_.get();
      continue;
    }
    std::string tag;
    for (int c = bytes_.get(); c >= 0 && c != '>'; c = bytes_.get()) {
      if (tag.size() < kTagBytesMax) tag += static_cast<char>(c);
    }
    if (lower_case(tag).find("application/ld+json") != std::string::npos) return true;
  }
  return false;
}

std::optional<FeedPiece> ScriptPieces::next() {
  if (!skip_to_script()) return std::nullopt;
  FeedPiece piece{.line = bytes_.line()};
  std::string text;
  while (bytes_.peek() >= 0) {
    if (bytes_.peek() == '<' && lower_case(bytes_.look_ahead(8)) == "</script") {
      if (text.size() > FeedPiece::kBytesMax) {
        piece.error = too_long_piece();
      } else {
        piece.set_text(std::move(text));
      }
      return piece;
    }
    const int c = bytes_.get();
    if (text.size() <= FeedPiece::kBytesMax) text += static_cast<char>(c);
  }
  piece.error = cut_piece();
  return piece;
}

}  // namespace nozama
