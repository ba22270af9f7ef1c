// Who asks, and whether they may.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "catalog/roles.h"
#include "server/http.h"

namespace nozama {

class Catalog;
struct Route;

// Reads a request's credentials, for a route of that scope. A Principal without scopes for one that has none, and for a session that is over. Errors:
// "bad_credentials" (401) for a wrong key; "origin_not_allowed" (403) for a publishable key of another site; "csrf" (403) for a session's cookie
// without its token, where the method may change something.
using Authenticator = std::function<Result<Principal>(const Request&, Scope)>;
// Told of every answer to what may change something, after its handler.
using Auditor = std::function<void(const Request&, const Route&, const Response&)>;

// By API keys in `Authorization: Bearer nzk_…`, or by the session's cookie. The catalogue must outlive it.
Authenticator authenticate_by(Catalog& catalog);

// Writes to the audit log what answers say of themselves (Response::audit), and every success on routes of merchants and admins.
Auditor audit_to(Catalog& catalog);

// Does the request bring any credentials?
bool has_credentials(const Request& request);

// kInvalidArgument "sign_in_required" (401) or "not_allowed" (403).
Status check_scope(const Principal& principal, Scope scope);

// GET and HEAD change nothing.
bool may_change(const Request& request);

// A cookie's value in the request, or "".
std::string_view cookie_value(const Request& request, std::string_view name);
// The session's.
std::string_view session_token(const Request& request);
// What the header X-CSRF-Token must be.
std::string csrf_token(std::string_view session_token);
// Set-Cookie; an empty token removes the cookie.
std::string session_cookie(std::string_view token, bool secure);

}  // namespace nozama
