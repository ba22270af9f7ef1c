#include <fmt/format.h>

#include <algorithm>

#include "engine/activity_recorder.h"
#include "engine/engine.h"
#include "engine/recall_record.h"
#include "server/embedded_files.h"
#include "server/handlers.h"
#include "server/json_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

Response text_response(std::string text, std::string_view content_type) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(text);
  response.set_header("Cache-Control", "no-store");
  return response;
}

Response get_readiness(Engine& engine, const Request& request) {
  const Status ready = engine.ready();
  if (ready) return text_response("ready\n", "text/plain; charset=utf-8");
  Error error = ready.error();
  error.code = ErrorCode::kUnavailable;  // whatever is missing: not now
  return problem_response(error, request.id);
}

// The query log's, which is not a part of every server.
std::string activity_metrics(const ActivityFigures& figures) {
  constexpr std::string_view kName = "nozama_activity_entries_total";
  return fmt::format(
      "# HELP {0} Searches and shoppers' events for the query log, by what became of them\n# TYPE {0} counter\n{0}{{outcome=\"written\"}} "
      "{1}\n{0}{{outcome=\"dropped\"}} {2}\n",
      kName, figures.written, figures.dropped);
}

Response get_metrics(Engine& engine, Metrics& metrics, const ActivityRecorder& recorder, const PoolGauges& gauges, const Request& request) {
  const auto stats = engine.stats();
  if (!stats) return problem_response(stats.error(), request.id);
  return text_response(metrics.render(gauges, *stats, engine.recall()) + activity_metrics(recorder.figures()), "text/plain; version=0.0.4; charset=utf-8");
}

Response get_recall(Engine& engine, const Request& request) {
  const Status no_query = RequestParams::from_query(request.query).finish();
  if (!no_query) return problem_response(no_query.error(), request.id);
  return json_response(recall_json(engine.recall()));
}

Response get_description(const Request& request) {
  const auto files = embedded_files();
  const auto found = std::ranges::find(files, std::string_view("openapi.yaml"), &EmbeddedFile::path);
  if (found == files.end()) return problem_response({ErrorCode::kNotFound, "not_found", "this program was built without the API's description"}, request.id);
  Response response;
  response.content_type = "application/yaml";
  response.body = found->raw;
  response.set_header("Cache-Control", "no-cache");
  return response;
}

}  // namespace

Lane on_catalogue_lane(const Request&) { return Lane::kCatalogue; }

Lane on_sign_in_lane(const Request&) { return Lane::kSignIn; }

Result<RequestParams> json_params(const Request& request) {
  if (media_type(request.header("content-type")) != "application/json") {
    return fail(ErrorCode::kUnsupported, "unsupported_media_type", "Content-Type must be application/json");
  }
  return RequestParams::from_json(request.body);
}

Response json_response(std::string json) {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(json);
  response.set_header("Cache-Control", "no-cache");
  return response;
}

void add_system_routes(Router& router, Engine& engine, Metrics& metrics, const ActivityRecorder& recorder, std::function<PoolGauges()> gauges) {
  router.add({.method = "GET", .pattern = "/healthz", .handler = [](const Request&) { return text_response("ok\n", "text/plain; charset=utf-8"); }});
  router.add({.method = "GET",
              .pattern = "/readyz",
              .handler = [&engine](const Request& request) { return get_readiness(engine, request); },
              .lane = on_catalogue_lane});
  router.add({.method = "GET",
              .pattern = "/metrics",
              .handler = [&engine, &metrics, &recorder,
                          gauges = std::move(gauges)](const Request& request) { return get_metrics(engine, metrics, recorder, gauges(), request); },
              .lane = on_catalogue_lane});
  router.add({.method = "GET",
              .pattern = "/api/v1/recall",
              .handler = [&engine](const Request& request) { return get_recall(engine, request); },
              .lane = on_catalogue_lane});
  router.add({.method = "GET", .pattern = "/api/v1/openapi.yaml", .handler = get_description});
}

}  // namespace nozama
