// The files compiled into the program: the storefront's build and the API's description.
#pragma once

#include <span>
#include <string_view>

namespace nozama {

// All views are of static storage.
struct EmbeddedFile {
  std::string_view path;  // relative, with '/': "index.html", "_app/immutable/entry/start.1a2b.js"
  std::string_view content_type;
  std::string_view etag;  // of the raw bytes, without quotes
  std::span<const unsigned char> raw;
  std::span<const unsigned char> gzip;    // empty when it would not be smaller
  std::span<const unsigned char> brotli;  // likewise
};

// Sorted by path. Empty when the program was built without the storefront.
std::span<const EmbeddedFile> embedded_files();

}  // namespace nozama
