// ID tokens of OpenID Connect (JSON web tokens, RFC 7519): whether one is genuine, and whom it names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

struct IdTokenRules {
  std::string issuer, client_id, nonce;
  int64_t now_s = 0;  // seconds since 1970
};

struct IdClaims {
  std::string subject;
  std::string email;  // "" without one
  bool email_verified = false;
};

// `keys` is the provider's JWKS document. Signatures by RS256 (2048 bits at least) and ES256 only: the token does not choose anything else, above all not
// "none". Issuer, audience, expiry, time of issue (two minutes of drift) and nonce must be right. kInvalidArgument "bad_id_token"; "unknown_signing_key" when
// the document has no key of the token's name: the provider may have changed its keys.
Result<IdClaims> verify_id_token(std::string_view token, std::string_view keys, const IdTokenRules& rules);

}  // namespace nozama
