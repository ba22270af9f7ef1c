#include "feeds/text_decoder.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "feeds/csv_parser.h"

namespace nozama {
namespace {

// Windows-1252, 0x80–0x9F (the WHATWG encoding standard's index); the others are their own code points.
constexpr std::array<char16_t, 32> kWindows1252 = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                   0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                   0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

size_t sequence_length(unsigned char lead) { return lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2); }

// Whether most of the characters beyond ASCII are UTF-8. One that the piece's end cuts does not count.
bool is_mostly_utf8(std::string_view piece) {
  size_t good = 0, bad = 0;
  for (size_t i = 0; i < piece.size();) {
    const auto lead = static_cast<unsigned char>(piece[i]);
    const size_t length = lead < 0x80 ? 1 : sequence_length(lead);
    if (i + length > piece.size()) break;
    const bool valid = is_utf8(piece.substr(i, length));
    if (lead >= 0x80) (valid ? good : bad) += 1;
    i += valid ? length : 1;
  }
  return good >= bad;
}

}  // namespace

void append_utf8(char32_t character, std::string& text) {
  const auto add = [&](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | character >> 6);
    add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | character >> 12);
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | character >> 18);
    add(0x80 | (character >> 12 & 0x3F));
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  }
}

std::string_view TextDecoder::without_mark(std::string_view piece) {
  encoding_ = Encoding::kAsciiSoFar;
  if (piece.starts_with("\xEF\xBB\xBF")) {
    encoding_ = Encoding::kUtf8;
    return piece.substr(3);
  }
  if (!piece.starts_with("\xFF\xFE") && !piece.starts_with("\xFE\xFF")) return piece;
  encoding_ = piece[0] == '\xFF' ? Encoding::kUtf16Little : Encoding::kUtf16Big;
  return piece.substr(2);
}

void TextDecoder::decode_utf16(std::string_view piece, std::string& text) {
  const std::string bytes = cut_ + std::string(piece);
  const bool big = encoding_ == Encoding::kUtf16Big;
  const auto unit = [&](size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<char32_t>(big ? first << 8 | second : second << 8 | first);
  };
  size_t at = 0;
  for (; at + 2 <= bytes.size(); at += 2) {
    const char32_t first = unit(at);
    if (first < 0xD800 || first > 0xDFFF) {
      append_utf8(first, text);
      continue;
    }
    if (at + 4 > bytes.size()) break;
    const char32_t second = unit(at + 2);
    if (first < 0xDC00 && second >= 0xDC00 && second <= 0xDFFF) {
      append_utf8(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), text);
      at += 2;
    } else {
      append_utf8(0xFFFD, text);  // half a character
    }
  }
  cut_ = bytes.substr(at);
}

void TextDecoder::decode(std::string_view piece, std::string& text) {
  if (encoding_ == Encoding::kUnknown && !piece.empty()) piece = without_mark(piece);
  if (guess_ && encoding_ == Encoding::kAsciiSoFar && !is_ascii(piece)) encoding_ = is_mostly_utf8(piece) ? Encoding::kUtf8 : Encoding::kWindows1252;
  if (encoding_ == Encoding::kUtf16Little || encoding_ == Encoding::kUtf16Big) {
    decode_utf16(piece, text);
  } else if (encoding_ == Encoding::kWindows1252) {
    for (const char c : piece) {
      const auto byte = static_cast<unsigned char>(c);
      append_utf8(byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte, text);
    }
  } else {
    text += piece;
  }
}

}  // namespace nozama
