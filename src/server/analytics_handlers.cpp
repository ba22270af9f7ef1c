// The query log and its statistics, for the shop's people.
#include <charconv>
#include <chrono>

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/analytics_views.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

constexpr size_t kCursorBytesMax = 100;
constexpr size_t kDateBytes = 10;
constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr int64_t kDaysDefault = 30;

// "2026-01-31" → the start of that day, UTC.
std::optional<int64_t> day_start_ms(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (text.size() != kDateBytes || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto read = [&text](size_t from, size_t to, auto& number) {
    return std::from_chars(text.data() + from, text.data() + to, number).ptr == text.data() + to;
  };
  if (!read(0, 4, year) || !read(5, 7, month) || !read(8, 10, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || year < 1970) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::sys_days(date).time_since_epoch()).count();
}

struct Days {
  int64_t from_ms, to_ms;
};

// `from` and `to` are days, both within.
Result<Days> read_days(const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  const auto day = [&params](std::string_view name) -> std::optional<int64_t> {
    const auto text = params.text(name, kCursorBytesMax);
    if (!text) return std::nullopt;
    const auto start = day_start_ms(*text);
    if (!start) params.refuse({ErrorCode::kInvalidArgument, "bad_parameter", std::string(name) + " must be a day, such as 2026-01-31"});
    return start;
  };
  const auto from = day("from"), to = day("to");
  if (const Status valid = params.finish(); !valid) return propagate(valid);
  const int64_t end = to.value_or(unix_time_ms() / kDayMs * kDayMs) + kDayMs;
  return Days{from.value_or(std::max<int64_t>(0, end - kDaysDefault * kDayMs)), end};
}

Response list_queries(Engine& engine, const Request& request) {
  RequestParams params = RequestParams::from_query(request.query);
  QueryListQuery query;
  if (const auto kind = params.choice("kind", {"photo", "url", "product", "vector", "text"})) query.kind = query_kind_from_name(*kind);
  query.without_results = params.boolean("without_results").value_or(false);
  query.total_ms_min = params.number("slower_than_ms", 0, 1e9).value_or(0);
  query.after = params.text("after", kCursorBytesMax).value_or("");
  query.limit = static_cast<int>(params.integer("limit", 1, QueryListQuery::kLimitMax).value_or(query.limit));
  if (const Status valid = params.finish(); !valid) return problem_response(valid.error(), request.id);
  const auto page = QueryLog(engine.workspace().catalog()).list(query);
  return page ? json_response(query_page_json(*page)) : problem_response(page.error(), request.id);
}

Response get_query(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  QueryLog log(engine.workspace().catalog());
  const auto query = log.query(request.captures[0]);
  if (!query) return problem_response(query.error(), request.id);
  const auto events = log.events(query->id);
  return events ? json_response(query_json(*query, *events)) : problem_response(events.error(), request.id);
}

Result<Replay> ask_again(Engine& engine, const QueryRecord& query) {
  constexpr int kFirst = static_cast<int>(QueryRecord::kFirstProductsMax);
  Replay now;
  if (query.kind == QueryKind::kText) {
    const Stopwatch watch;
    const auto answer = engine.products({.page = {.category = query.category, .text = query.text, .limit = kFirst}});
    if (!answer) return propagate(answer);
    now.results = answer->page.total;
    now.total_ms = watch.elapsed_ms();
    for (const ProductCard& product : answer->page.products) now.products.push_back(product.external_id);
    return now;
  }
  SearchQuery again;
  again.subject = VectorSubject{query.vector};
  if (query.kind == QueryKind::kProduct) again.subject = ProductSubject{query.text};
  again.limit = kFirst;
  if (!query.category.empty()) again.category = query.category;
  if (!query.filter.empty()) again.filter = query.filter;
  const auto answer = engine.search(again);
  if (!answer) return propagate(answer);
  now.results = answer->total;
  now.total_ms = answer->timings.total_ms;
  for (const SearchHit& hit : answer->results) now.products.push_back(hit.product.external_id);
  return now;
}

Response replay_query(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto query = QueryLog(engine.workspace().catalog()).query(request.captures[0]);
  if (!query) return problem_response(query.error(), request.id);
  const auto now = ask_again(engine, *query);
  return now ? json_response(replay_json(*query, *now)) : problem_response(now.error(), request.id);
}

Response get_analytics(Engine& engine, const Request& request) {
  const auto days = read_days(request);
  if (!days) return problem_response(days.error(), request.id);
  const auto figures = Analytics(engine.workspace().catalog()).figures(days->from_ms, days->to_ms);
  return figures ? json_response(analytics_json(*figures, days->from_ms, days->to_ms)) : problem_response(figures.error(), request.id);
}

Response log_state(QueryLog log, const Request& request) {
  const auto enabled = log.enabled();
  if (!enabled) return problem_response(enabled.error(), request.id);
  return json_response(*enabled ? R"({"enabled":true})" : R"({"enabled":false})");
}

Response get_log_state(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  return log_state(QueryLog(engine.workspace().catalog()), request);
}

Response put_log_state(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  auto params = RequestParams::from_json(request.body);
  if (!params) return problem_response(params.error(), request.id);
  const auto enabled = params->boolean("enabled");
  if (!enabled) params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "'enabled' must be true or false"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  QueryLog log(engine.workspace().catalog());
  if (const Status set = log.set_enabled(*enabled); !set) return problem_response(set.error(), request.id);
  return log_state(log, request);
}

Response get_recall_hours(Engine& engine, const Request& request) {
  const auto days = read_days(request);
  if (!days) return problem_response(days.error(), request.id);
  const auto hours = Analytics(engine.workspace().catalog()).recall(days->from_ms, days->to_ms);
  return hours ? json_response(recall_hours_json(*hours)) : problem_response(hours.error(), request.id);
}

}  // namespace

void add_analytics_routes(Router& router, Engine& engine) {
  constexpr size_t kStateBytesMax = 1024;
  const auto add = [&](const std::string& method, std::string pattern, Response (*handler)(Engine&, const Request&)) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine, request); },
                .lane = on_catalogue_lane,
                .scope = method == "PUT" ? Scope::kAdmin : Scope::kAnalytics,
                .body_bytes_max = method == "PUT" ? kStateBytesMax : 0});
  };
  add("GET", "/api/v1/admin/query-log", get_log_state);
  add("PUT", "/api/v1/admin/query-log", put_log_state);
  add("GET", "/api/v1/admin/queries", list_queries);
  add("GET", "/api/v1/admin/queries/{id}", get_query);
  add("POST", "/api/v1/admin/queries/{id}/replay", replay_query);
  add("GET", "/api/v1/admin/analytics", get_analytics);
  add("GET", "/api/v1/admin/recall", get_recall_hours);
}

}  // namespace nozama
