// Any bytes as a feed whose dialect they tell: every item is usable, or an error that names the place.
#include "feeds/reader.h"
#include "feeds_for_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  for (const char* name : {"feed.txt", "Shoes_downloaded.csv"}) {
    const auto feed = open_feed(fuzz_file(name, {reinterpret_cast<const char*>(data), size}));
    if (!feed && feed.error().message.find(name) == std::string::npos) abort_with("an error without the file's name");
    const bool packed = size > 2 && data[0] == 0x1F && data[1] == 0x8B;
    // No more items than bytes and a bit: rows that a quote swallowed are read twice at most.
    if (feed && read_items(**feed, name) > 2 * size + 2 && !packed) abort_with("more items than the feed has");
  }
  return 0;
}
