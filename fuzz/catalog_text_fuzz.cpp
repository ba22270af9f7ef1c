// Texts of a feed as the catalogue takes them: validation, slugs and prices, on any bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "catalog/money.h"
#include "catalog/slug.h"
#include "catalog/validation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (is_clean_line(text) && !is_clean_text(text)) abort_with("a clean line is clean text");
  const std::string slug = slugify(text);
  char previous = '-';
  for (const char c : slug) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && previous != '-');
    if (!allowed) abort_with("a slug of other characters");
    previous = c;
  }
  if (slugify(slug) != slug) abort_with("a slug is its own slug");
  for (const char* currency : {"EUR", "JPY", "KWD"}) {
    const auto minor = parse_money(text, currency);
    if (!minor) continue;
    const auto again = parse_money(format_money(*minor, currency), currency);
    if (!again || *again != *minor) abort_with("a price changes when written and read");
  }
  return 0;
}
