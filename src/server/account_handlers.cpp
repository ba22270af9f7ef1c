#include "base/number.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/account_views.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

Response list_keys(AccountStore store, const Request& request) {
  const Status valid = RequestParams::from_query(request.query).finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto keys = store.keys();
  if (!keys) return problem_response(keys.error(), request.id);
  return json_response(keys_json(*keys));
}

Response revoke_key(AccountStore store, const Request& request) {
  const auto id = parse_number<int64_t>(request.captures[0]);
  const Status revoked = id ? store.revoke_key({*id}) : fail(ErrorCode::kNotFound, "unknown_key", "there is no such key");
  if (!revoked) return problem_response(revoked.error(), request.id);
  return {.status = 204};
}

}  // namespace

void add_account_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string method, std::string pattern, Scope scope, Response (*handler)(AccountStore, const Request&)) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(AccountStore(engine.workspace().catalog()), request); },
                .lane = on_catalogue_lane,
                .scope = scope});
  };
  add("GET", "/api/v1/keys", Scope::kAdmin, list_keys);
  add("DELETE", "/api/v1/keys/{id}", Scope::kAdmin, revoke_key);
}

}  // namespace nozama
