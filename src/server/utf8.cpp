#include "server/utf8.h"

#include <cstddef>
#include <cstdint>

namespace nozama {

bool is_valid_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    uint32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = (point << 6) | (next & 0x3F);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
    i += length;
  }
  return true;
}

std::string mended_utf8(std::string_view text) {
  std::string mended;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;
    while (length < 4 && i + length <= text.size() && !is_valid_utf8(text.substr(i, length))) ++length;
    if (i + length <= text.size() && is_valid_utf8(text.substr(i, length))) {
      mended += text.substr(i, length);
      i += length;
    } else {
      mended += "\xEF\xBF\xBD";
      ++i;
    }
  }
  return mended;
}

}  // namespace nozama
