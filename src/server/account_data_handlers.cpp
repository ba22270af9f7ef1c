// What the shop holds about the signed-in person: all of it as a file, and none of it any more.
#include "catalog/account_data.h"
#include "catalog/accounts.h"
#include "catalog/favourites.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/access.h"
#include "server/handlers.h"
#include "server/order_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

Result<AccountExport> gather(Catalog& catalog, const Principal& who) {
  AccountExport data;
  auto account = AccountStore(catalog).find_account(who.name);
  if (!account) return propagate(account);
  if (!*account) return fail(ErrorCode::kNotFound, "unknown_account", "this account is gone");
  data.account = std::move(**account);
  OrderStore orders(catalog);
  OrderListQuery query{.account = who.account, .state = {}, .after = "", .limit = kOrdersPerPageMax};
  do {
    auto page = orders.list(query);
    if (!page) return propagate(page);
    data.orders.insert(data.orders.end(), std::make_move_iterator(page->orders.begin()), std::make_move_iterator(page->orders.end()));
    query.after = page->next;
  } while (!query.after.empty());
  auto favourites = FavouriteStore(catalog).ids(who.account);
  if (!favourites) return propagate(favourites);
  data.favourites = std::move(*favourites);
  auto actions = audit_of(catalog, who.name);
  if (!actions) return propagate(actions);
  data.actions = std::move(*actions);
  return data;
}

Response export_account(Catalog& catalog, const Request& request) {
  const auto data = gather(catalog, request.principal);
  if (!data) return problem_response(data.error(), request.id);
  Response response = json_response(account_export_json(*data));
  response.set_header("Content-Disposition", "attachment; filename=\"my-data.json\"");
  response.set_header("Cache-Control", "no-store");
  return response;
}

Response delete_account(Catalog& catalog, const Request& request) {
  const Status forgotten = forget_account(catalog, request.principal.account);
  if (!forgotten) return problem_response(forgotten.error(), request.id);
  Response response = {.status = 204};
  response.headers.emplace_back("Set-Cookie", session_cookie("", request.over_https));
  response.audit = "the account is deleted";
  return response;
}

}  // namespace

void add_account_data_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string method, std::string pattern, Response (*handler)(Catalog&, const Request&)) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler =
                    [&engine, handler](const Request& request) {
                      const Status valid = RequestParams::from_query(request.query).finish();
                      if (!valid) return problem_response(valid.error(), request.id);
                      if (request.principal.account.value != 0) return handler(engine.workspace().catalog(), request);
                      return problem_response({ErrorCode::kInvalidArgument, "sign_in_required", "this is of one shopper's account: sign in"}, request.id);
                    },
                .lane = on_catalogue_lane,
                .scope = Scope::kAccount});
  };
  add("GET", "/api/v1/account/export", export_account);
  add("DELETE", "/api/v1/account", delete_account);
}

}  // namespace nozama
