#include "server/http_server.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace nozama {

namespace asio = boost::asio;

namespace {

// For closing sockets that nobody waits for any more; handlers that still run are not waited for here.
constexpr std::chrono::milliseconds kCloseTime{500};

}  // namespace

HttpServer::HttpServer(ServerOptions options, std::span<const EmbeddedFile> files)
    : options_(std::move(options)), service_(options_, files, metrics_, connections_), work_(asio::make_work_guard(io_)) {}

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options, std::span<const EmbeddedFile> files, const AddRoutes& add_routes) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(options), files));
  auto acceptor = Listener::bind(server->io_, server->options_.host, server->options_.port);
  if (!acceptor) return propagate(acceptor);
  add_routes(server->service_, server->metrics_);
  server->listener_ = std::make_unique<Listener>(server->io_, std::move(*acceptor), server->service_, server->options_, server->connections_);
  server->listener_->start();
  for (size_t i = 0; i < std::max<size_t>(1, server->options_.io_threads); ++i) {
    server->threads_.emplace_back([raw = server.get()] { raw->io_.run(); });
  }
  return server;
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() {
  std::call_once(stopped_, [this] {
    if (listener_ == nullptr) return;  // never started
    listener_->stop();
    if (!listener_->wait_closed(std::chrono::milliseconds(options_.stop_timeout_ms))) {
      log_warning("stop_forced", {{"connections", std::to_string(connections_)}});
      service_.abandon_queue();
      listener_->force_close();
      listener_->wait_closed(kCloseTime);
    }
    work_.reset();
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
    service_.drain();  // running handlers end; their answers stay unsent in `io_`
  });
}

}  // namespace nozama
