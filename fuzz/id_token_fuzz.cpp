// ID tokens and the provider's keys: the first line is the keys, the rest the token. Nothing that was not signed is ever accepted.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/id_token.h"
#include "server/oidc.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view keys = text.substr(0, end), token = text.substr(std::min(end + 1, text.size()));
  const auto claims = nozama::verify_id_token(token, keys, {.issuer = "https://id.example", .client_id = "shop", .nonce = "n0nce", .now_s = 1'800'000'000});
  if (claims) std::abort();
  const std::string path = nozama::OidcFlow::from_cookie_value(token).return_to;
  if (!path.empty() && (path[0] != '/' || path.starts_with("//"))) std::abort();
  return 0;
}
