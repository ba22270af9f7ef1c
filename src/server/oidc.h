// Signing in at an OpenID Connect provider: the authorisation code flow with PKCE (RFC 7636).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/id_token.h"

namespace nozama {

struct OidcOptions {
  std::string issuer;  // "https://accounts.google.com"; http only on this machine. Empty = no provider
  std::string client_id, client_secret;
  std::string name;          // what the button says
  std::string redirect_uri;  // where the provider sends the browser back, as it was registered there
};

// A sign-in under way. The browser keeps it in a cookie that only it has.
struct OidcFlow {
  std::string state, nonce, verifier;
  std::string return_to;  // a path of the shop

  std::string cookie_value() const;
  // An empty state for what is none of ours.
  static OidcFlow from_cookie_value(std::string_view value);
};

// "/", unless the text is a path of this shop: never another site's address.
std::string safe_return_path(std::string_view text);

// Thread-safe. Waits for the provider, some seconds at most. The discovery document and the keys are kept for an hour; unknown keys are looked for again.
class OidcProvider {
 public:
  // kInvalidArgument "bad_option". Asks nothing of the provider yet: it may be down while we start.
  static Result<std::unique_ptr<OidcProvider>> make(OidcOptions options);
  ~OidcProvider();
  OidcProvider(const OidcProvider&) = delete;
  OidcProvider& operator=(const OidcProvider&) = delete;

  const std::string& name() const;

  static OidcFlow new_flow(std::string_view return_to);
  // Where the browser goes. kUnavailable "provider_unavailable".
  Result<std::string> authorisation_url(const OidcFlow& flow);
  // Exchanges the code for an ID token and checks it. kInvalidArgument "bad_id_token", "sign_in_refused"; kUnavailable "provider_unavailable".
  Result<IdClaims> claims_of(const OidcFlow& flow, std::string_view code);

 private:
  struct State;
  explicit OidcProvider(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nozama
