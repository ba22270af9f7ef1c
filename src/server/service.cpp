#include "server/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <thread>

#include "base/hash.h"
#include "base/log.h"
#include "server/problem.h"

namespace nozama {
namespace {

using std::chrono::steady_clock;

constexpr size_t kRequestIdMax = 64;
// Photos that searches name by URL: few, for each is a request of ours to anyone's server.
constexpr size_t kFetchThreads = 4, kFetchQueueLengthMax = 16;
// Each holds 64 MiB and a core for a tenth of a second.
constexpr size_t kSignInThreads = 2, kSignInQueueLengthMax = 32;
// Writers wait for pictures and for the database, whose one writer they are in turn.
constexpr size_t kWriteThreads = 4, kWriteQueueLengthMax = 64;
constexpr size_t kStreamThreads = 4;
constexpr size_t kLoggedPathMax = 200;

// Ids of other systems are kept when they are short and cannot break a log line or a header.
bool is_sane_request_id(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdMax && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

// Clients may invent methods; a label must not take their word.
std::string_view method_label(std::string_view method) {
  constexpr std::array<std::string_view, 7> kKnown = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::ranges::find(kKnown, method) != kKnown.end() ? method : "(other)";
}

size_t or_all_cores(size_t threads) { return threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency()); }

// What the client may still ask, and whether a page of another site may read the answer.
void add_access_headers(const Exchange& exchange, Response& response) {
  if (exchange.rate && exchange.rate->limit > 0) {
    response.set_header("RateLimit-Limit", fmt::format("{}", exchange.rate->limit));
    response.set_header("RateLimit-Remaining", fmt::format("{}", exchange.rate->remaining));
    response.set_header("RateLimit-Reset", fmt::format("{}", exchange.rate->wait_s));
    if (!exchange.rate->allowed) response.set_header("Retry-After", fmt::format("{}", exchange.rate->wait_s));
  }
  const Route* route = exchange.match.route;
  const std::string& origin = exchange.request.principal.origin;
  if (!origin.empty()) CorsPolicy::let_read(origin, response);
  if (route != nullptr && route->any_site) CorsPolicy::let_read("*", response);
}

Error timeout_error() { return {ErrorCode::kTimeout, "timeout", "the request waited longer than it may"}; }

}  // namespace

Service::Service(const ServerOptions& options, std::span<const EmbeddedFile> files, Metrics& metrics, const std::atomic<size_t>& connections)
    : options_(options),
      connections_(connections),
      searches_(options.rates.searches),
      sign_ins_(options.rates.sign_ins),
      writes_(options.rates.writes),
      static_files_(files),
      cors_(options.cors_origins),
      proxies_(options.trusted_proxies),
      metrics_(metrics),
      encode_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{or_all_cores(options.encode_threads), options.queue_length_max})),
      catalogue_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{std::max<size_t>(1, options.catalogue_threads), options.catalogue_queue_length_max})),
      fetch_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{kFetchThreads, kFetchQueueLengthMax})),
      sign_in_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{kSignInThreads, kSignInQueueLengthMax})),
      write_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{kWriteThreads, kWriteQueueLengthMax})),
      stream_pool_(std::make_unique<WorkerPool>(WorkerPoolOptions{kStreamThreads, kStreamsMax})) {}

Service::~Service() { drain(); }

PoolGauges Service::gauges() const { return {encode_pool_->queue_length(), catalogue_pool_->queue_length(), connections_}; }

Response Service::route_problem(const Exchange& exchange) const {
  const Request& request = exchange.request;
  if (request.method == "OPTIONS" && !exchange.match.allow.empty()) return preflight(exchange);
  if (!exchange.match.allow.empty()) {
    Response response = problem_response(
        {ErrorCode::kInvalidArgument, "method_not_allowed", fmt::format("this path takes {}, not {}", exchange.match.allow, request.method.substr(0, 20))},
        request.id);
    response.set_header("Allow", exchange.match.allow);
    return response;
  }
  if (request.method == "GET" || request.method == "HEAD") {
    if (auto page = static_files_.serve(request)) return std::move(*page);
  }
  return problem_response({ErrorCode::kNotFound, "not_found", "there is nothing at this path"}, request.id);
}

// A publishable key's own origins are in the database: any page may ask whether it may search, and is refused when it does without such a key.
Response Service::preflight(const Exchange& exchange) const {
  const Request& request = exchange.request;
  const RouteMatch wanted = router_.find(request.header("access-control-request-method"), request.segments);
  const bool for_anyone = wanted.route != nullptr && (wanted.route->any_site || wanted.route->scope == Scope::kSearch);
  return cors_.preflight(request, exchange.match.allow, for_anyone);
}

Response Service::refuse(Exchange& exchange, const Error& error) const {
  exchange.request.id = random_hex(8);
  exchange.request.path = "(unreadable)";
  return problem_response(error, exchange.request.id);
}

std::optional<Response> Service::admit(Exchange& exchange, std::string_view target, std::optional<uint64_t> content_length) {
  Request& request = exchange.request;
  const std::string_view given_id = request.header("x-request-id");
  request.id = is_sane_request_id(given_id) ? std::string(given_id) : random_hex(8);
  ClientOrigin origin = proxies_.origin_of(request.client_address, request);
  request.client_address = std::move(origin.address);
  request.over_https = origin.over_https;
  request.trace = parse_traceparent(request.header("traceparent"));
  auto parsed = parse_target(target);
  if (!parsed) {
    request.path = "(unreadable)";
    return problem_response(parsed.error(), request.id);
  }
  request.path = std::move(parsed->path);
  request.segments = std::move(parsed->segments);
  request.query = std::move(parsed->query);
  exchange.match = router_.find(request.method, request.segments);
  if (exchange.match.route == nullptr) return route_problem(exchange);
  request.captures = exchange.match.captures;

  const size_t body_max = exchange.match.route->body_bytes_max;
  // A body without a length (chunked) may become as large as the route allows.
  const bool has_body = content_length.value_or(0) > 0 || !request.header("transfer-encoding").empty();
  if (content_length.value_or(0) > body_max) {
    return problem_response(
        {ErrorCode::kTooLarge, "payload_too_large", fmt::format("the body has {} bytes, but at most {} are allowed here", *content_length, body_max)},
        request.id);
  }
  if (!has_body) return std::nullopt;
  const size_t bytes = content_length.value_or(body_max);
  if (body_bytes_in_flight_.fetch_add(bytes) + bytes > options_.upload_bytes_in_flight_max) {
    body_bytes_in_flight_ -= bytes;
    return problem_response({ErrorCode::kBusy, "busy", "too many uploads at once; try again in a moment"}, request.id);
  }
  exchange.body_lease = BodyLease(body_bytes_in_flight_, bytes);
  return std::nullopt;
}

std::optional<Response> Service::refused(const Exchange& exchange) const {
  const Request& request = exchange.request;
  if (abandoned_) return problem_response({ErrorCode::kCancelled, "stopping", "the service is stopping"}, request.id);
  if (request.stop.stop_requested()) return problem_response({ErrorCode::kCancelled, "client_gone", "nobody waits for the answer"}, request.id);
  if (steady_clock::now() > request.deadline) return problem_response(timeout_error(), request.id);
  return std::nullopt;
}

Scope Service::scope_of(const Route& route) const { return route.scope == Scope::kSearch && !options_.require_key ? Scope::kPublic : route.scope; }

// Asks the database: never on an I/O thread.
Status Service::authorise(Exchange& exchange) const {
  const Scope scope = scope_of(*exchange.match.route);
  if (authenticator_ && has_credentials(exchange.request)) {
    auto principal = authenticator_(exchange.request, scope);
    if (!principal) return propagate(principal);
    exchange.request.principal = *principal;
  }
  return check_scope(exchange.request.principal, scope);
}

RateLimiter* Service::limiter_of(const Route& route, Lane lane) {
  if (lane == Lane::kSignIn) return &sign_ins_;
  if (route.scope == Scope::kSearch) return route.method == "POST" ? &searches_ : nullptr;
  return route.method != "GET" ? &writes_ : nullptr;
}

std::optional<Response> Service::gatekeep(Exchange& exchange, Lane lane) {
  const Request& request = exchange.request;
  if (const Status allowed = authorise(exchange); !allowed) return problem_response(allowed.error(), request.id);
  RateLimiter* limiter = limiter_of(*exchange.match.route, lane);
  if (limiter == nullptr) return std::nullopt;
  const ApiKeyId key = request.principal.key;
  exchange.rate = limiter->take(key.value > 0 ? fmt::format("key {}", key.value) : rate_client(request.client_address));
  if (exchange.rate->allowed) return std::nullopt;
  Response refusal = problem_response(
      {ErrorCode::kBusy, "rate_limited", fmt::format("at most {} such requests a minute; try again in {} s", exchange.rate->limit, exchange.rate->wait_s)},
      request.id);
  add_access_headers(exchange, refusal);
  return refusal;
}

Response Service::run(const Exchange& exchange) const {
  const Request& request = exchange.request;
  if (auto answer = refused(exchange)) return std::move(*answer);
  const TraceScope trace(request.trace);
  try {
    Response response = exchange.match.route->handler(request);
    if (auditor_) auditor_(request, *exchange.match.route, response);
    add_access_headers(exchange, response);
    return response;
  } catch (const std::exception& error) {  // out of memory, or a fault of ours: this request fails, the service does not
    return problem_response({ErrorCode::kInternal, "internal", fmt::format("unexpected exception: {}", error.what())}, request.id);
  }
}

void Service::run_on(WorkerPool& pool, const Exchange& exchange, const std::function<void(Response)>& done, std::function<void()> task) {
  const Status queued = pool.try_submit(std::move(task));
  if (!queued) done(problem_response(queued.error(), exchange.request.id));
}

// A slow server elsewhere holds a thread that fetches, never one that encodes.
void Service::gather_then_encode(const std::shared_ptr<Exchange>& exchange, const std::function<void(Response)>& done) {
  run_on(*fetch_pool_, *exchange, done, [this, exchange, done] {
    if (auto answer = refused(*exchange)) return done(std::move(*answer));
    if (auto refusal = gatekeep(*exchange, Lane::kFetch)) return done(std::move(*refusal));
    const TraceScope trace(exchange->request.trace);
    const Status gathered = exchange->match.route->gather(exchange->request);
    if (!gathered) return done(problem_response(gathered.error(), exchange->request.id));
    run_on(*encode_pool_, *exchange, done, [this, exchange, done] { done(run(*exchange)); });
  });
}

WorkerPool& Service::pool_of(Lane lane) {
  if (lane == Lane::kWrite) return *write_pool_;
  if (lane == Lane::kSignIn) return *sign_in_pool_;
  return lane == Lane::kEncode ? *encode_pool_ : *catalogue_pool_;
}

void Service::next_piece(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<BodyStream>& stream,
                         const std::function<void(Result<StreamPiece>)>& done) {
  const Status queued = stream_pool_->try_submit([exchange, stream, done] {
    try {
      done(stream->next(exchange->request.stop));
    } catch (const std::exception& error) {
      done(fail(ErrorCode::kInternal, "internal", fmt::format("unexpected exception: {}", error.what())));
    }
  });
  if (!queued) done(propagate(queued));
}

void Service::submit(const std::shared_ptr<Exchange>& exchange, const std::function<void(Response)>& done) {
  const Route& route = *exchange->match.route;
  const Lane lane = route.lane != nullptr ? route.lane(exchange->request) : Lane::kInline;
  if (lane == Lane::kInline && scope_of(route) == Scope::kPublic) return done(run(*exchange));
  if (lane == Lane::kFetch) return gather_then_encode(exchange, done);
  run_on(pool_of(lane), *exchange, done, [this, exchange, done, lane] {
    if (auto refusal = gatekeep(*exchange, lane)) return done(std::move(*refusal));
    done(run(*exchange));
  });
}

void Service::complete(const Exchange& exchange, Response& response) {
  const Request& request = exchange.request;
  response.set_header("X-Request-Id", request.id);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "strict-origin-when-cross-origin");
  if (response.header("Content-Security-Policy").empty()) {
    response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
  cors_.apply(request, response);
  const double elapsed_ms = exchange.since_received.elapsed_ms();
  const bool is_static = exchange.match.route == nullptr && response.status < 400;
  const std::string route = exchange.match.route != nullptr ? exchange.match.route->pattern : is_static ? "(static)" : "(none)";
  metrics_.count_request(route, method_label(request.method), response.status, elapsed_ms / 1000);
  if (!options_.access_log) return;
  const TraceScope trace(request.trace);
  log_info("request", {{"method", request.method.substr(0, 20)},
                       {"path", request.path.substr(0, kLoggedPathMax)},
                       {"status", std::to_string(response.status)},
                       {"ms", fmt::format("{:.1f}", elapsed_ms)},
                       {"bytes_in", std::to_string(request.body.size())},
                       {"bytes_out", std::to_string(response.body_text().size())},
                       {"client", request.client_address},
                       {"request_id", request.id}});
}

void Service::drain() {
  fetch_pool_.reset();  // before the pool that its tasks hand on to
  stream_pool_.reset();
  write_pool_.reset();
  encode_pool_.reset();
  sign_in_pool_.reset();
  catalogue_pool_.reset();
}

}  // namespace nozama
