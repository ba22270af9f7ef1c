// Words of full-text search: of any bytes, well-formed UTF-8 of bounded length that stays as it is when it is folded again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "catalog/search_words.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const auto words = search_words({reinterpret_cast<const char*>(data), size});
  std::string joined;
  for (const std::string& word : words) {
    if (word.empty() || word.size() > 64) abort_with("a word of no length, or too long");
    joined += word + ' ';
  }
  if (search_words(joined) != words) abort_with("words that change when they are folded again");
  return 0;
}
