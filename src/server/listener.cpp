#include "server/listener.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "base/log.h"

namespace nozama {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr std::string_view kTooManyConnections = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

Error bind_error(const error_code& error, const std::string& host, uint16_t port) {
  if (error == asio::error::address_in_use) {
    return {
        ErrorCode::kUnavailable, "port_in_use",
        fmt::format("port {} of {} is in use; stop the program that has it, or choose another with --listen {}:PORT (0 = any free port)", port, host, host)};
  }
  if (error == asio::error::access_denied) {
    return {ErrorCode::kUnavailable, "port_not_allowed", fmt::format("this user may not listen on port {}; choose one above 1023", port)};
  }
  return {ErrorCode::kInvalidArgument, "bad_listen_address", fmt::format("cannot listen on {}:{}: {}", host, port, error.message())};
}

Result<tcp::endpoint> resolve(asio::io_context& io, const std::string& host, uint16_t port) {
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return fail(ErrorCode::kInvalidArgument, "bad_listen_address", fmt::format("'{}' is not an address or name of this machine", host));
  }
  return found.begin()->endpoint();
}

}  // namespace

Result<tcp::acceptor> Listener::bind(asio::io_context& io, const std::string& host, uint16_t port) {
  const auto endpoint = resolve(io, host, port);
  if (!endpoint) return propagate(endpoint);
  error_code error;
  tcp::acceptor acceptor(asio::make_strand(io));
  static_cast<void>(acceptor.open(endpoint->protocol(), error));
  if (!error) static_cast<void>(acceptor.set_option(asio::socket_base::reuse_address(true), error));
  if (!error) static_cast<void>(acceptor.bind(*endpoint, error));
  if (!error) static_cast<void>(acceptor.listen(asio::socket_base::max_listen_connections, error));
  if (error) return std::unexpected(bind_error(error, host, port));
  return acceptor;
}

Listener::Listener(asio::io_context& io, tcp::acceptor acceptor, Service& service, const ServerOptions& options, std::atomic<size_t>& connections)
    : io_(io), acceptor_(std::move(acceptor)), port_(acceptor_.local_endpoint().port()), service_(service), options_(options), connections_(connections) {}

void Listener::start() { asio::co_spawn(acceptor_.get_executor(), accept_loop(), asio::detached); }

asio::awaitable<void> Listener::accept_loop() {
  asio::steady_timer pause(acceptor_.get_executor());
  while (!stopping_) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::make_strand(io_), kAwait);
    if (!error) {
      open_session(std::move(socket));
      continue;
    }
    if (stopping_ || error == asio::error::operation_aborted) co_return;
    // Out of descriptors, most likely: wait until connections have closed.
    log_warning("accept_failed", {{"detail", error.message()}});
    pause.expires_after(kAcceptRetry);
    co_await pause.async_wait(kAwait);
  }
}

void Listener::open_session(tcp::socket socket) {
  if (connections_ >= options_.connections_max) {
    error_code ignored;
    static_cast<void>(socket.non_blocking(true, ignored));
    socket.send(asio::buffer(kTooManyConnections), 0, ignored);
    return;
  }
  auto session = std::make_shared<Session>(std::move(socket), service_, options_, stopping_);
  {
    const std::lock_guard lock(mutex_);
    sessions_.insert(session);
    connections_ = sessions_.size();
  }
  asio::co_spawn(session->executor(), session->run(), [this, session](const std::exception_ptr& failure) {
    if (failure) log_error("session_failed", {});  // out of memory at worst; this connection is lost, no other
    forget(session);
  });
}

void Listener::forget(const std::shared_ptr<Session>& session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
  connections_ = sessions_.size();
  if (sessions_.empty()) all_closed_.notify_all();
}

void Listener::stop() {
  stopping_ = true;
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
  });
  const std::lock_guard lock(mutex_);
  for (const auto& session : sessions_) asio::post(session->executor(), [session] { session->close_if_idle(); });
}

void Listener::force_close() {
  const std::lock_guard lock(mutex_);
  for (const auto& session : sessions_) asio::post(session->executor(), [session] { session->close(); });
}

bool Listener::wait_closed(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return all_closed_.wait_for(lock, timeout, [&] { return sessions_.empty(); });
}

}  // namespace nozama
