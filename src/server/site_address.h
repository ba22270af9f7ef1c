// Where the site is: absolute addresses for links that leave it.
#pragma once

#include <string>

#include "server/http.h"

namespace nozama {

// `public_url` (of ServerOptions), else the request's scheme and Host header; "" when that is no host.
std::string site_address(const std::string& public_url, const Request& request);

}  // namespace nozama
