// Bytes of a feed's text in the encodings that feeds come in → UTF-8, piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace nozama {

// A byte order mark decides. Without one, the first bytes beyond ASCII do: text of which less than half is UTF-8 is
// Windows-1252, which ISO 8859-1 is a part of. Single bad rows of a UTF-8 file stay as they are, for the reader to refuse.
class TextDecoder {
 public:
  // Appends the piece's text to `text`; a character cut at its end waits for the next piece.
  void decode(std::string_view piece, std::string& text);
  // Without a mark the text is UTF-8, as JSON is.
  void never_guess() { guess_ = false; }
  // Bytes stay what they are.
  void pass_through() { encoding_ = Encoding::kUtf8; }

 private:
  enum class Encoding { kUnknown, kAsciiSoFar, kUtf8, kUtf16Little, kUtf16Big, kWindows1252 };
  std::string_view without_mark(std::string_view piece);
  void decode_utf16(std::string_view piece, std::string& text);

  Encoding encoding_ = Encoding::kUnknown;
  bool guess_ = true;
  std::string cut_;  // the beginning of a character
};

void append_utf8(char32_t character, std::string& text);

}  // namespace nozama
