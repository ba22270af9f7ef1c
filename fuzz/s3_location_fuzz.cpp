// Places of a bucket: what is taken has parts that can stand in a request, and is the same when its endpoint is read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "media/s3_blob_store.h"
#include "net/web_url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nozama;
  const auto location = parse_s3_location({reinterpret_cast<const char*>(data), size});
  if (!location) {
    if (location.error().reason != "bad_blobs" || location.error().message.empty()) abort_with("a refused place without a reason");
    return 0;
  }
  const auto is_plain = [](char c) { return c > ' ' && c < 127; };
  for (const std::string* part : {&location->bucket, &location->prefix, &location->endpoint, &location->region}) {
    if (!std::ranges::all_of(*part, is_plain)) abort_with("a part with other characters");
  }
  if (!location->endpoint.starts_with("http://") && !location->endpoint.starts_with("https://")) abort_with("an endpoint of another scheme");
  const auto again = parse_s3_location("s3://" + location->bucket + "?endpoint=" + location->endpoint);
  if (!again || again->endpoint != location->endpoint) abort_with("an endpoint that changes when written and read");
  return 0;
}
