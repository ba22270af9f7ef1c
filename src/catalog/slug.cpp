#include "catalog/slug.h"

#include <cstdint>

namespace nozama {

namespace {

// U+00C0..U+017F, one entry a code point; '-' = no letter, a capital = two letters, see below.
constexpr std::string_view kFold =
    "aaaaaaAceeeeiiii"   // 00C0
    "dnooooo-ouuuuyTS"   // 00D0
    "aaaaaaAceeeeiiii"   // 00E0
    "dnooooo-ouuuuyTy"   // 00F0
    "aaaaaaccccccccdd"   // 0100
    "ddeeeeeeeeeegggg"   // 0110
    "gggghhhhiiiiiiii"   // 0120
    "iiIIjjkkklllllll"   // 0130
    "lllnnnnnnnnnoooo"   // 0140
    "ooOOrrrrrrssssss"   // 0150
    "ssttttttuuuuuuuu"   // 0160
    "uuuuwwyyyzzzzzzs";  // 0170
static_assert(kFold.size() == 0x180 - 0xC0);

void append_folded(std::string& slug, char folded) {
  switch (folded) {
    case 'A': slug += "ae"; break;
    case 'S': slug += "ss"; break;
    case 'T': slug += "th"; break;
    case 'I': slug += "ij"; break;
    case 'O': slug += "oe"; break;
    default: slug += folded;
  }
}

}  // namespace

std::string slugify(std::string_view name) {
  std::string slug;
  const auto hyphen = [&] {
    if (!slug.empty() && slug.back() != '-') slug += '-';
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<uint8_t>(name[i]);
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
      slug += name[i];
    } else if (byte >= 'A' && byte <= 'Z') {
      slug += static_cast<char>(byte - 'A' + 'a');
    } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < name.size()) {
      const auto point = static_cast<size_t>(((byte & 0x1F) << 6) | (static_cast<uint8_t>(name[++i]) & 0x3F));
      const char folded = kFold[point - 0xC0];
      if (folded == '-') {
        hyphen();
      } else {
        append_folded(slug, folded);
      }
    } else if (byte == '\'') {
      continue;  // "Men's" → "mens"
    } else if ((byte & 0xC0) != 0x80) {
      hyphen();
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace nozama
