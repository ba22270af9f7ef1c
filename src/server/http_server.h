// A listening HTTP server over any set of routes: threads, start and graceful stop. Server puts the shop's routes on it.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "server/listener.h"
#include "server/metrics.h"
#include "server/server.h"
#include "server/service.h"

namespace nozama {

class HttpServer {
 public:
  using AddRoutes = std::function<void(Service&, Metrics&)>;

  // As Server::start.
  static Result<std::unique_ptr<HttpServer>> start(ServerOptions options, std::span<const EmbeddedFile> files, const AddRoutes& add_routes);
  ~HttpServer();

  const ServerOptions& options() const { return options_; }
  uint16_t port() const { return listener_->port(); }
  void stop();

 private:
  HttpServer(ServerOptions options, std::span<const EmbeddedFile> files);

  // In the order of dependence: sessions, and answers on their way, live in `io_`, which must therefore go before the
  // service, and the service before what it counts.
  const ServerOptions options_;
  Metrics metrics_;
  std::atomic<size_t> connections_ = 0;
  Service service_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::thread> threads_;
  std::once_flag stopped_;
};

}  // namespace nozama
