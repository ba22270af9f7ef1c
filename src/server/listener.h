// Accepts connections and keeps track of them.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/error.h"
#include "server/session.h"

namespace nozama {

// Thread-safe. stop() and force_close() only begin their work; wait_closed() waits for it.
class Listener {
 public:
  // See Server::start for the errors.
  static Result<boost::asio::ip::tcp::acceptor> bind(boost::asio::io_context& io, const std::string& host, uint16_t port);

  Listener(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor, Service& service, const ServerOptions& options,
           std::atomic<size_t>& connections);

  void start();
  uint16_t port() const { return port_; }

  void stop();  // accepts no more, closes idle connections, lets busy ones finish
  void force_close();
  bool wait_closed(std::chrono::milliseconds timeout);

 private:
  boost::asio::awaitable<void> accept_loop();
  void open_session(boost::asio::ip::tcp::socket socket);
  void forget(const std::shared_ptr<Session>& session);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const uint16_t port_;
  Service& service_;
  const ServerOptions& options_;
  std::atomic<size_t>& connections_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;
  std::condition_variable all_closed_;
  std::unordered_set<std::shared_ptr<Session>> sessions_;  // shared with their coroutines' completion
};

}  // namespace nozama
