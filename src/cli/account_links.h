// Addresses of the storefront's pages where one-time links lead.
#pragma once

#include <string>
#include <string_view>

namespace nozama {

// The token is behind the #: browsers send that to nobody, so no log has it.
inline std::string admin_link(std::string_view site, std::string_view token) { return std::string(site) + "/admin/link#" + std::string(token); }

}  // namespace nozama
