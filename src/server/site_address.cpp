#include "server/site_address.h"

#include <algorithm>

namespace nozama {
namespace {

constexpr size_t kHostBytesMax = 255;

// A name or an address, perhaps with a port.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kHostBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view(".-:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string site_address(const std::string& public_url, const Request& request) {
  if (!public_url.empty()) return public_url;
  const std::string_view host = request.header("host");
  return is_host(host) ? (request.over_https ? "https://" : "http://") + std::string(host) : "";
}

}  // namespace nozama
