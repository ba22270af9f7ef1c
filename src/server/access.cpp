#include "server/access.h"

#include <fmt/format.h>

#include <memory>

namespace nozama {
namespace {

constexpr std::string_view kBearer = "bearer ";

// "" for another scheme, or none.
std::string_view bearer_token(const Request& request) {
  const std::string_view header = request.header("authorization");
  if (to_lower_ascii(header.substr(0, kBearer.size())) != kBearer) return "";
  return header.substr(kBearer.size());
}

}  // namespace

bool has_credentials(const Request& request) { return !request.header("authorization").empty(); }

Authenticator authenticate_by(Catalog& catalog) {
  return [store = std::make_shared<AccountStore>(catalog)](const Request& request) -> Result<Principal> {
    if (!has_credentials(request)) return Principal{};
    const auto key = store->use_key(bearer_token(request));
    if (!key) return propagate(key);
    if (!*key) {
      return fail(ErrorCode::kInvalidArgument, "bad_credentials",
                  "this API key is unknown, revoked or expired; send `Authorization: Bearer nzk_…` (`nozama key list` tells which there are)");
    }
    return Principal{.scopes = (*key)->scopes, .key = (*key)->id};
  };
}

Status check_scope(const Principal& principal, Scope scope) {
  if (principal.scopes.has(scope)) return {};
  if (principal.scopes == ScopeSet()) {
    return fail(ErrorCode::kInvalidArgument, "sign_in_required", fmt::format("sign in, or send an API key with the scope '{}'", scope_name(scope)));
  }
  return fail(ErrorCode::kInvalidArgument, "not_allowed", fmt::format("this needs the scope '{}'", scope_name(scope)));
}

}  // namespace nozama
