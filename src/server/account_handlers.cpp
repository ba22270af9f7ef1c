#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/number.h"
#include "catalog/account_data.h"
#include "catalog/audit.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/account_views.h"
#include "server/handlers.h"
#include "server/problem.h"

namespace nozama {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int kPageLimitMax = 200, kPageLimitDefault = 50;
constexpr size_t kNameBytesMax = 200, kWordBytesMax = 200, kWordsMax = 20;

struct Page {
  int64_t before = INT64_MAX;
  int limit = kPageLimitDefault;
};

Result<Page> read_page(RequestParams& params) {
  const Page page = {.before = params.integer("before", 1, INT64_MAX).value_or(INT64_MAX),
                     .limit = static_cast<int>(params.integer("limit", 1, kPageLimitMax).value_or(kPageLimitDefault))};
  if (const Status valid = params.finish(); !valid) return propagate(valid);
  return page;
}

Response list_keys(Catalog& catalog, const Request& request) {
  const Status valid = RequestParams::from_query(request.query).finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto keys = AccountStore(catalog).keys();
  if (!keys) return problem_response(keys.error(), request.id);
  return json_response(keys_json(*keys));
}

Result<KeyRequest> read_key_request(const Request& request) {
  auto params = json_params(request);
  if (!params) return propagate(params);
  KeyRequest asked;
  asked.name = params->text("name", kNameBytesMax).value_or("");
  for (const std::string& name : params->text_list("scopes", kWordsMax, kWordBytesMax)) {
    const auto scope = scope_from_name(name);
    if (!scope || *scope == Scope::kPublic || *scope == Scope::kAccount) {
      params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'scopes' must be of search, catalogue, orders, analytics and admin"});
    } else {
      asked.scopes.add(*scope);
    }
  }
  asked.origins = params->text_list("origins", kWordsMax, kWordBytesMax);
  if (const auto days = params->integer("days", 1, 36'500)) asked.expires_ms = unix_time_ms() + *days * kDayMs;
  if (const Status valid = params->finish(); !valid) return propagate(valid);
  return asked;
}

Response create_key(Catalog& catalog, const Request& request) {
  const auto asked = read_key_request(request);
  if (!asked) return problem_response(asked.error(), request.id);
  const auto made = AccountStore(catalog).create_key(*asked);
  if (!made) return problem_response(made.error(), request.id);
  Response response = json_response(new_key_json(*made));
  response.status = 201;
  response.set_header("Cache-Control", "no-store");
  response.audit = fmt::format("key {} ({}) for {}", made->key.id.value, made->key.name, fmt::join(made->key.scopes.names(), ", "));
  return response;
}

Response revoke_key(Catalog& catalog, const Request& request) {
  const auto id = parse_number<int64_t>(request.captures[0]);
  const Status revoked = id ? AccountStore(catalog).revoke_key({*id}) : fail(ErrorCode::kNotFound, "unknown_key", "there is no such key");
  if (!revoked) return problem_response(revoked.error(), request.id);
  return {.status = 204};
}

Response list_accounts(Catalog& catalog, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const std::string text = params.text("text", kWordBytesMax).value_or("");
  const auto page = read_page(params);
  if (!page) return problem_response(page.error(), request.id);
  const auto accounts = AccountStore(catalog).accounts(page->before, page->limit, text);
  if (!accounts) return problem_response(accounts.error(), request.id);
  return json_response(accounts_json(*accounts));
}

Response change_role(Catalog& catalog, const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const auto role = params->choice("role", {"shopper", "editor", "admin"});
  if (!role) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'role' is missing; it must be shopper, editor or admin"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  const auto id = parse_number<int64_t>(request.captures[0]);
  const auto account = AccountStore(catalog).set_role({id.value_or(0)}, *role_from_name(*role));
  if (!account) return problem_response(account.error(), request.id);
  Response response = json_response(account_json(*account));
  response.audit = fmt::format("{} is {} now", account->email, *role);
  return response;
}

Response delete_account(Catalog& catalog, const Request& request) {
  const Status valid = RequestParams::from_query(request.query).finish();
  if (!valid) return problem_response(valid.error(), request.id);
  const auto id = parse_number<int64_t>(request.captures[0]);
  const Status forgotten = id ? forget_account(catalog, {*id}) : Status();  // there is none of that name, as after a deletion
  if (!forgotten) return problem_response(forgotten.error(), request.id);
  return {.status = 204};
}

Response list_audit(Catalog& catalog, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const auto page = read_page(params);
  if (!page) return problem_response(page.error(), request.id);
  const auto entries = AuditLog(catalog).entries(page->before, page->limit);
  if (!entries) return problem_response(entries.error(), request.id);
  return json_response(audit_json(*entries));
}

}  // namespace

void add_account_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string method, std::string pattern, Response (*handler)(Catalog&, const Request&)) {
    const bool takes_body = method == "POST" || method == "PATCH";
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine.workspace().catalog(), request); },
                .lane = on_catalogue_lane,
                .scope = Scope::kAdmin,
                .body_bytes_max = takes_body ? kJsonBodyMax : 0});
  };
  add("GET", "/api/v1/keys", list_keys);
  add("POST", "/api/v1/keys", create_key);
  add("DELETE", "/api/v1/keys/{id}", revoke_key);
  add("GET", "/api/v1/accounts", list_accounts);
  add("PATCH", "/api/v1/accounts/{id}", change_role);
  add("DELETE", "/api/v1/accounts/{id}", delete_account);
  add("GET", "/api/v1/audit", list_audit);
}

}  // namespace nozama
