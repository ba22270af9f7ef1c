// multipart/form-data (RFC 7578), strictly and within limits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

struct MultipartLimits {
  size_t parts_max = 1100;         // a search may exclude 1,000 products, one part each
  size_t header_bytes_max = 4096;  // of one part
  size_t name_bytes_max = 128;
};

struct MultipartPart {
  std::string name;
  bool is_file = false;      // had a filename; the name itself is never used, so never kept
  std::string content_type;  // lower case, without parameters; "" when absent
  std::string_view body;     // into the parsed text
};

// The boundary of a Content-Type header. kUnsupported "unsupported_media_type" when it is not multipart/form-data,
// kInvalidArgument "bad_multipart" when the boundary is missing or not as RFC 2046 wants it.
Result<std::string> multipart_boundary(std::string_view content_type);

// The parts in the order sent. Refused as kInvalidArgument "bad_multipart", saying which part: text before the first
// boundary or after the last, a missing end (cut short), a part without a name, nested multiparts, transfer encodings,
// broken headers, anything over the limits. The parts borrow from `body`.
Result<std::vector<MultipartPart>> parse_multipart(std::string_view body, std::string_view boundary, const MultipartLimits& limits = {});

}  // namespace nozama
