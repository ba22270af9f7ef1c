// Carts, orders and favourites.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/secret.h"
#include "catalog/favourites.h"
#include "catalog/orders.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/handlers.h"
#include "server/json_views.h"
#include "server/order_mail.h"
#include "server/order_requests.h"
#include "server/order_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr size_t kOrderBytesMax = size_t{256} << 10;
constexpr size_t kCursorBytesMax = 30;
constexpr size_t kOrderTextBytesMax = 200;
constexpr int kPageLimitDefault = 30;

Status check_body(const Request& request) {
  if (const Status no_query = RequestParams::from_query(request.query).finish(); !no_query) return no_query;
  if (media_type(request.header("content-type")) == "application/json") return {};
  return fail(ErrorCode::kUnsupported, "unsupported_media_type", "the body must be application/json");
}

bool may_see(const Request& request, const Order& order) {
  const Principal& who = request.principal;
  if (who.scopes.has(Scope::kOrders)) return true;
  if (who.account.value != 0 && who.account == order.account) return true;
  return !order.token.empty() && equal_secrets(request.header("x-order-token"), order.token);
}

// One of what is wrong: what cannot be bought at all before what has changed.
LineProblem gravest(const std::vector<CheckedLine>& lines) {
  constexpr std::array kOrder = {LineProblem::kProductGone,   LineProblem::kVariantGone, LineProblem::kNoPrice,
                                 LineProblem::kOtherCurrency, LineProblem::kOutOfStock,  LineProblem::kPriceChanged};
  for (const LineProblem problem : kOrder) {
    if (std::ranges::find(lines, problem, &CheckedLine::problem) != lines.end()) return problem;
  }
  return LineProblem::kNone;
}

std::string_view what_to_do(LineProblem problem) {
  switch (problem) {
    case LineProblem::kProductGone:
    case LineProblem::kVariantGone: return "something in the cart is no longer sold: take it out and order again";
    case LineProblem::kNoPrice: return "something in the cart has no price and cannot be ordered: take it out and order again";
    case LineProblem::kOtherCurrency: return "something in the cart is sold in another currency: order it apart";
    case LineProblem::kOutOfStock: return "there are fewer than asked for: take what is available and order again";
    default: return "a price has changed: show the shopper the new one and order again";
  }
}

Response refused_cart(const std::vector<CheckedLine>& lines, const Request& request) {
  const LineProblem problem = gravest(lines);
  Response response = problem_response({ErrorCode::kConflict, std::string(line_problem_name(problem)), std::string(what_to_do(problem))}, request.id);
  response.body = cart_problem_json(response.body_text(), lines);
  return response;
}

Response check_cart(OrderStore store, const Request& request) {
  if (const Status valid = check_body(request); !valid) return problem_response(valid.error(), request.id);
  const auto cart = read_cart(request.body);
  if (!cart) return problem_response(cart.error(), request.id);
  const auto lines = store.check(*cart);
  if (!lines) return problem_response(lines.error(), request.id);
  return json_response(cart_json(*lines));
}

Response place_order(OrderStore store, Mailer& mailer, const Request& request) {
  if (const Status valid = check_body(request); !valid) return problem_response(valid.error(), request.id);
  auto asked = read_order_request(request.body);
  if (!asked) return problem_response(asked.error(), request.id);
  asked->idempotency_key = request.header("idempotency-key");
  asked->account = request.principal.account;
  const auto placed = store.place(*asked);
  if (!placed) return problem_response(placed.error(), request.id);
  if (!placed->order) return refused_cart(placed->lines, request);
  if (!placed->repeated && mailer.configured()) {
    // The order stands without its mail.
    const Status queued = mailer.queue(order_mail(*placed->order, mailer.public_url()));
    if (!queued) log_warning("order_not_mailed", {{"order", placed->order->number}, {"error", queued.error().message}});
  }
  Response response = json_response(order_json(*placed->order));
  response.status = placed->repeated ? 200 : 201;
  response.set_header("Location", fmt::format("/api/v1/orders/{}", placed->order->number));
  return response;
}

Response get_order(OrderStore store, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto order = store.order(request.captures[0]);
  if (!order) return problem_response(order.error(), request.id);
  if (may_see(request, *order)) return json_response(order_json(*order));
  return problem_response({ErrorCode::kNotFound, "unknown_order", "there is no such order, or it is not yours to see"}, request.id);
}

Response list_orders(OrderStore store, const Request& request, OrderListQuery query) {
  RequestParams params = RequestParams::from_query(request.query);
  query.text = params.text("text", kOrderTextBytesMax).value_or("");
  if (const auto status = params.choice("status", {"received", "confirmed", "sent", "done", "cancelled"})) query.state = order_state_from_name(*status);
  query.limit = static_cast<int>(params.integer("limit", 1, kOrdersPerPageMax).value_or(kPageLimitDefault));
  query.after = params.text("after", kCursorBytesMax).value_or("");
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto page = store.list(query);
  if (!page) return problem_response(page.error(), request.id);
  return json_response(order_page_json(*page));
}

Response list_own_orders(OrderStore store, const Request& request) {
  OrderListQuery own;
  own.account = request.principal.account;
  return list_orders(store, request, own);
}

Response list_all_orders(OrderStore store, const Request& request) { return list_orders(store, request, {}); }

Response change_order(OrderStore store, const Request& request) {
  if (const Status valid = check_body(request); !valid) return problem_response(valid.error(), request.id);
  const auto state = read_order_state(request.body);
  if (!state) return problem_response(state.error(), request.id);
  const auto order = store.set_state(request.captures[0], *state);
  if (!order) return problem_response(order.error(), request.id);
  Response response = json_response(order_json(*order));
  response.audit = fmt::format("order {} is {}", order->number, order_state_name(order->state));
  return response;
}

Response list_favourites(FavouriteStore store, const Request& request) {
  constexpr size_t kLangBytesMax = 35;  // BCP 47's own recommendation for buffers
  RequestParams params = RequestParams::from_query(request.query);
  const std::string lang = params.text("lang", kLangBytesMax).value_or("en");
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto cards = store.list(request.principal.account, lang);
  if (!cards) return problem_response(cards.error(), request.id);
  return json_response(product_cards_json(*cards));
}

Response answer_change(const Status& changed, const Request& request) {
  return changed ? Response{.status = 204} : problem_response(changed.error(), request.id);
}

Response add_favourite(FavouriteStore store, const Request& request) {
  return answer_change(store.add(request.principal.account, request.captures[0]), request);
}

Response remove_favourite(FavouriteStore store, const Request& request) {
  return answer_change(store.remove(request.principal.account, request.captures[0]), request);
}

// A key acts for the shop, not for a shopper.
template <class Store>
Response for_shopper(Store store, const Request& request, Response (*handler)(Store, const Request&)) {
  if (request.principal.account.value != 0) return handler(std::move(store), request);
  return problem_response({ErrorCode::kInvalidArgument, "sign_in_required", "this is of one shopper's account: sign in"}, request.id);
}

}  // namespace

void add_order_routes(Router& router, Engine& engine, Mailer& mailer) {
  const auto add = [&]<class Store>(std::string method, std::string pattern, Scope scope, Response (*handler)(Store, const Request&),
                                    size_t body_bytes_max = 0) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler =
                    [&engine, handler, scope](const Request& request) {
                      Store store(engine.workspace().catalog());
                      return scope == Scope::kAccount ? for_shopper(std::move(store), request, handler) : handler(std::move(store), request);
                    },
                .lane = on_catalogue_lane,
                .scope = scope,
                .body_bytes_max = body_bytes_max});
  };
  add("POST", "/api/v1/cart", Scope::kPublic, check_cart, kOrderBytesMax);
  router.add({.method = "POST",
              .pattern = "/api/v1/orders",
              .handler = [&engine, &mailer](const Request& request) { return place_order(OrderStore(engine.workspace().catalog()), mailer, request); },
              .lane = on_catalogue_lane,
              .body_bytes_max = kOrderBytesMax});
  add("GET", "/api/v1/orders", Scope::kAccount, list_own_orders);
  add("GET", "/api/v1/orders/{id}", Scope::kPublic, get_order);
  add("GET", "/api/v1/admin/orders", Scope::kOrders, list_all_orders);
  add("GET", "/api/v1/admin/orders/{id}", Scope::kOrders, get_order);
  add("PATCH", "/api/v1/admin/orders/{id}", Scope::kOrders, change_order, kOrderBytesMax);
  add("GET", "/api/v1/favourites", Scope::kAccount, list_favourites);
  add("PUT", "/api/v1/favourites/{id}", Scope::kAccount, add_favourite);
  add("DELETE", "/api/v1/favourites/{id}", Scope::kAccount, remove_favourite);
}

}  // namespace nozama
