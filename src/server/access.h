// Who asks, and whether they may.
#pragma once

#include <functional>

#include "base/error.h"
#include "catalog/accounts.h"
#include "server/http.h"

namespace nozama {

class Catalog;

// Reads a request's credentials. A Principal without scopes for one that has none; kInvalidArgument "bad_credentials" (401) for wrong ones.
using Authenticator = std::function<Result<Principal>(const Request&)>;

// By API keys in `Authorization: Bearer nzk_…`. The catalogue must outlive it.
Authenticator authenticate_by(Catalog& catalog);

// Does the request bring any credentials?
bool has_credentials(const Request& request);

// kInvalidArgument "sign_in_required" (401) or "not_allowed" (403).
Status check_scope(const Principal& principal, Scope scope);

}  // namespace nozama
