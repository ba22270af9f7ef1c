// RFC 4648.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nozama {

std::string encode_base64(std::string_view bytes);

// The alphabet for addresses, without padding: of JSON web tokens and PKCE. nullopt for anything else.
std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace nozama
