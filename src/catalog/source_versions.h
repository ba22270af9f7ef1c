#pragma once

#include <string>

namespace nozama {

// What a server said of a picture when it was last fetched, so that it need not be sent again.
struct SourceVersion {
  std::string source_ref;    // its URL
  std::string content_hash;  // of what was sent
  std::string etag, last_modified;
  bool operator==(const SourceVersion&) const = default;
};

}  // namespace nozama
