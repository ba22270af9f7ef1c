#include "server/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/log.h"
#include "base/secret.h"
#include "catalog/accounts.h"
#include "catalog/audit.h"
#include "server/router.h"

namespace nozama {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr std::string_view kCookie = "nozama_session";
constexpr int kCookieDays = 180;  // the session itself ends earlier, or with it
constexpr size_t kAuditedPathMax = 300;

// "" for another scheme, or none.
std::string_view bearer_token(const Request& request) {
  const std::string_view header = request.header("authorization");
  if (to_lower_ascii(header.substr(0, kBearer.size())) != kBearer) return "";
  return header.substr(kBearer.size());
}

Result<Principal> principal_of_key(AccountStore& store, const Request& request) {
  const auto key = store.use_key(bearer_token(request));
  if (!key) return propagate(key);
  if (!*key) {
    return fail(ErrorCode::kInvalidArgument, "bad_credentials",
                "this API key is unknown, revoked or expired; send `Authorization: Bearer nzk_…` (`nozama key list` tells which there are)");
  }
  Principal principal{.scopes = (*key)->scopes, .key = (*key)->id, .name = fmt::format("key {} ({})", (*key)->id.value, (*key)->name)};
  if ((*key)->origins.empty()) return principal;
  const std::string_view origin = request.header("origin");
  if (std::ranges::find((*key)->origins, origin) == (*key)->origins.end()) {
    return fail(ErrorCode::kInvalidArgument, "origin_not_allowed", "this publishable key is for pages of other sites; an admin lists its origins");
  }
  principal.origin = origin;
  return principal;
}

Result<Principal> principal_of_session(AccountStore& store, const Request& request, Scope scope) {
  const std::string_view token = session_token(request);
  const auto session = store.use_session(token);
  if (!session) return propagate(session);
  if (!*session) return Principal{};
  if (may_change(request)) {
    const std::string_view given = request.header("x-csrf-token");
    // What anybody may do is done, but in nobody's name.
    if (given.empty() && scope == Scope::kPublic) return Principal{};
    if (!equal_secrets(given, csrf_token(token))) {
      return fail(ErrorCode::kInvalidArgument, "csrf", "send the header X-CSRF-Token with the csrf_token of GET /api/v1/session");
    }
  }
  const Account& account = (*session)->account;
  return Principal{.account = account.id, .role = account.role, .scopes = scopes_of(account.role), .name = account.email};
}

bool is_merchants(Scope scope) { return scope == Scope::kCatalogue || scope == Scope::kOrders || scope == Scope::kAnalytics || scope == Scope::kAdmin; }

}  // namespace

bool has_credentials(const Request& request) { return !request.header("authorization").empty() || !session_token(request).empty(); }

bool may_change(const Request& request) { return request.method != "GET" && request.method != "HEAD"; }

Authenticator authenticate_by(Catalog& catalog) {
  return [store = std::make_shared<AccountStore>(catalog)](const Request& request, Scope scope) -> Result<Principal> {
    if (!request.header("authorization").empty()) return principal_of_key(*store, request);
    if (!session_token(request).empty()) return principal_of_session(*store, request, scope);
    return Principal{};
  };
}

Auditor audit_to(Catalog& catalog) {
  return [log = std::make_shared<AuditLog>(catalog)](const Request& request, const Route& route, const Response& response) {
    const bool merchants = is_merchants(route.scope) && may_change(request) && response.status < 400;
    if (!merchants && response.audit.empty()) return;
    const Status added = log->add({.who = request.principal.name,
                                   .action = fmt::format("{} {}", route.method, route.pattern),
                                   .subject = request.path.substr(0, kAuditedPathMax),
                                   .detail = response.audit,
                                   .from = request.client_address});
    if (!added) log_error("audit_failed", {{"request_id", request.id}, {"detail", added.error().message}});
  };
}

Status check_scope(const Principal& principal, Scope scope) {
  if (principal.scopes.has(scope)) return {};
  if (principal.scopes == ScopeSet()) {
    return fail(ErrorCode::kInvalidArgument, "sign_in_required", fmt::format("sign in, or send an API key with the scope '{}'", scope_name(scope)));
  }
  return fail(ErrorCode::kInvalidArgument, "not_allowed", fmt::format("this needs the scope '{}'", scope_name(scope)));
}

std::string_view cookie_value(const Request& request, std::string_view name) {
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    const size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view cookie = cookies.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('=')) return cookie.substr(name.size() + 1);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return "";
}

std::string_view session_token(const Request& request) { return cookie_value(request, kCookie); }

std::string csrf_token(std::string_view token) { return derived_secret(token, "csrf"); }

std::string session_cookie(std::string_view token, bool secure) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", kCookie, token, token.empty() ? 0 : kCookieDays * 86'400, secure ? "; Secure" : "");
}

}  // namespace nozama
