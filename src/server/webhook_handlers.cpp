#include "base/number.h"
#include "catalog/webhooks.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "net/web_url.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/webhook_views.h"

namespace nozama {
namespace {

constexpr int kPageLimitMax = 200, kPageLimitDefault = 50;

// An id that is no number is of no webhook.
WebhookId webhook_id(const Request& request) { return {parse_number<int64_t>(request.captures[0]).value_or(0)}; }

Response list_webhooks(WebhookStore& store, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto webhooks = store.webhooks();
  if (!webhooks) return problem_response(webhooks.error(), request.id);
  return json_response(webhooks_json(*webhooks));
}

Response create_webhook(WebhookStore& store, const Request& request) {
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  const std::string url = params->text("url", WebhookLimits::kUrlBytesMax).value_or("");
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  if (const auto parsed = parse_web_url(url); !parsed) return problem_response(parsed.error(), request.id);
  const auto made = store.create(url);
  if (!made) return problem_response(made.error(), request.id);
  Response response = json_response(new_webhook_json(*made));
  response.status = 201;
  response.set_header("Cache-Control", "no-store");
  response.audit = "webhook " + std::to_string(made->id.value);
  return response;
}

Response remove_webhook(WebhookStore& store, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const Status removed = store.remove(webhook_id(request));
  if (!removed) return problem_response(removed.error(), request.id);
  return {.status = 204};
}

Response ping_webhook(WebhookStore& store, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto made = store.ping(webhook_id(request));
  if (!made) return problem_response(made.error(), request.id);
  Response response = json_response(delivery_json(*made));
  response.status = 202;
  return response;
}

Response list_deliveries(WebhookStore& store, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const int64_t before = params.integer("before", 1, INT64_MAX).value_or(INT64_MAX);
  const int limit = static_cast<int>(params.integer("limit", 1, kPageLimitMax).value_or(kPageLimitDefault));
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto deliveries = store.deliveries(webhook_id(request), before, limit);
  if (!deliveries) return problem_response(deliveries.error(), request.id);
  return json_response(deliveries_json(*deliveries));
}

}  // namespace

void add_webhook_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string method, std::string pattern, size_t body_bytes_max, Response (*handler)(WebhookStore&, const Request&)) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler =
                    [&engine, handler](const Request& request) {
                      WebhookStore store(engine.workspace().catalog());
                      return handler(store, request);
                    },
                .lane = on_catalogue_lane,
                .scope = Scope::kCatalogue,
                .body_bytes_max = body_bytes_max});
  };
  add("GET", "/api/v1/webhooks", 0, list_webhooks);
  add("POST", "/api/v1/webhooks", kJsonBodyMax, create_webhook);
  add("DELETE", "/api/v1/webhooks/{id}", 0, remove_webhook);
  add("POST", "/api/v1/webhooks/{id}/ping", 0, ping_webhook);
  add("GET", "/api/v1/webhooks/{id}/deliveries", 0, list_deliveries);
}

}  // namespace nozama
