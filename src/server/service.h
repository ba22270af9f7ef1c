// Request in, answer out: routing, threads, common headers, metrics and the access log. Knows no sockets.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/worker_pool.h"
#include "server/access.h"
#include "server/client_origin.h"
#include "server/cors.h"
#include "server/http.h"
#include "server/metrics.h"
#include "server/router.h"
#include "server/server.h"
#include "server/static_files.h"

namespace nozama {

// A share of the memory for request bodies, given back when it goes out of scope.
class BodyLease {
 public:
  BodyLease() = default;
  BodyLease(std::atomic<size_t>& used, size_t bytes) : used_(&used), bytes_(bytes) {}
  BodyLease(BodyLease&& other) noexcept : used_(std::exchange(other.used_, nullptr)), bytes_(other.bytes_) {}
  BodyLease& operator=(BodyLease&& other) noexcept {
    std::swap(used_, other.used_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~BodyLease() {
    if (used_ != nullptr) *used_ -= bytes_;
  }

 private:
  std::atomic<size_t>* used_ = nullptr;
  size_t bytes_ = 0;
};

// One request on its way. Written by the session until it is submitted; then only request.principal, request.fetched and rate, by the thread that runs it: a
// handler may still run when the session has long answered that its time is over.
struct Exchange {
  Exchange() { request.stop = stop.get_token(); }

  std::stop_source stop;
  Request request;
  RouteMatch match;
  std::optional<RateVerdict> rate;  // of routes that are limited
  BodyLease body_lease;
  Stopwatch since_received;
};

class Service {
 public:
  // `connections` counts the open ones, for the metrics. All of them must outlive the service.
  Service(const ServerOptions& options, std::span<const EmbeddedFile> files, Metrics& metrics, const std::atomic<size_t>& connections);
  ~Service();

  // For adding routes before the first request.
  Router& router() { return router_; }
  const StaticFiles& static_files() const { return static_files_; }
  // Before the first request; without one, routes that ask for a scope are closed.
  void set_authenticator(Authenticator authenticator) { authenticator_ = std::move(authenticator); }
  void set_auditor(Auditor auditor) { auditor_ = std::move(auditor); }

  PoolGauges gauges() const;

  // After the head was read (method, path, headers, and the connection's other end as client_address): finds the route and who asks, and makes the request's
  // id. An answer means that the body need not be read: the route does not exist, takes no body, or this one is too large.
  std::optional<Response> admit(Exchange& exchange, std::string_view target, std::optional<uint64_t> content_length);

  // The answer to what could not be read as a request at all.
  Response refuse(Exchange& exchange, const Error& error) const;

  // Largest body that the admitted request may have.
  static size_t body_bytes_max(const Exchange& exchange) { return exchange.match.route != nullptr ? exchange.match.route->body_bytes_max : 0; }

  // Runs the handler: inline routes at once on this thread, others on their pool. `done` is called exactly once,
  // perhaps before submit() returns, perhaps on a pool's thread, and must not block.
  void submit(const std::shared_ptr<Exchange>& exchange, const std::function<void(Response)>& done);

  // A place among the bodies that are streamed at once; false = there is none, and the client is told to come later.
  bool begin_stream() { return streams_.fetch_add(1) < kStreamsMax || (--streams_, false); }
  void end_stream() { --streams_; }
  // Makes the next piece on the pool for streams; `done` as in submit().
  void next_piece(const std::shared_ptr<Exchange>& exchange, const std::shared_ptr<BodyStream>& stream, const std::function<void(Result<StreamPiece>)>& done);

  // Headers that every answer has, the metrics and the log line. Once for each answer, before it is written.
  void complete(const Exchange& exchange, Response& response);

  // From now on waiting requests are answered kCancelled instead of run.
  void abandon_queue() { abandoned_ = true; }
  // Waits for the running ones and ends the pools' threads, when nothing submits any more.
  void drain();

 private:
  // Runs the task on the pool, or answers that the pool is full.
  static void run_on(WorkerPool& pool, const Exchange& exchange, const std::function<void(Response)>& done, std::function<void()> task);
  // Why the request's turn comes too late.
  std::optional<Response> refused(const Exchange& exchange) const;
  // The scope that the route asks for here.
  Scope scope_of(const Route& route) const;
  Status authorise(Exchange& exchange) const;
  // Authorised and not too often? Otherwise the answer.
  std::optional<Response> gatekeep(Exchange& exchange, Lane lane);
  // Null for what may be asked any number of times.
  RateLimiter* limiter_of(const Route& route, Lane lane);
  Response preflight(const Exchange& exchange) const;
  WorkerPool& pool_of(Lane lane);
  Response run(const Exchange& exchange) const;
  void gather_then_encode(const std::shared_ptr<Exchange>& exchange, const std::function<void(Response)>& done);
  Response route_problem(const Exchange& exchange) const;

  const ServerOptions& options_;
  const std::atomic<size_t>& connections_;
  Router router_;
  Authenticator authenticator_;
  Auditor auditor_;
  RateLimiter searches_, sign_ins_, writes_;
  StaticFiles static_files_;
  CorsPolicy cors_;
  TrustedProxies proxies_;
  Metrics& metrics_;
  std::atomic<size_t> body_bytes_in_flight_ = 0;
  std::atomic<bool> abandoned_ = false;
  static constexpr size_t kStreamsMax = 64;
  std::atomic<size_t> streams_ = 0;
  std::unique_ptr<WorkerPool> encode_pool_, catalogue_pool_, fetch_pool_, sign_in_pool_, write_pool_, stream_pool_;
};

}  // namespace nozama
