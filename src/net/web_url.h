#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

// An address of the web, read by the same parser that the request goes through: what was checked is what is asked.
struct WebUrl {
  std::string text;    // normalised
  std::string scheme;  // "http" or "https"
  std::string host;    // a name or an address; without the brackets of IPv6
  uint16_t port = 0;
};

// kInvalidArgument "bad_url": another scheme, a user name or password, no host, over 2048 bytes.
Result<WebUrl> parse_web_url(std::string_view text);
// `reference` as a link on the page `base` means it.
Result<WebUrl> resolve_web_url(const WebUrl& base, std::string_view reference);

}  // namespace nozama
