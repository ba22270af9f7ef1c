// One connection: reads requests within limits, has them answered, writes the answers.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string>

#include "server/service.h"

namespace nozama {

// All of it runs on the socket's executor, which must be a strand.
class Session {
 public:
  Session(boost::asio::ip::tcp::socket socket, Service& service, const ServerOptions& options, const std::atomic<bool>& stopping);

  // Ends when the client goes, on a time-out, or after the request in flight once `stopping` is set.
  boost::asio::awaitable<void> run();

  // Closes the connection if no request is in flight. On the executor only.
  void close_if_idle();
  // Closes it in any case. On the executor only.
  void close();

  boost::asio::any_io_executor executor() { return stream_.get_executor(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  boost::asio::awaitable<bool> await_first_byte();
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<bool> read_body(Parser& parser, size_t bytes_max, std::optional<Response>& refusal, const Exchange& exchange);
  boost::asio::awaitable<Response> answer(std::shared_ptr<Exchange> exchange);
  boost::asio::awaitable<bool> write(const Exchange& exchange, Response& response, unsigned version, bool keep_alive);
  // Header, then piece by piece, in chunks where the client knows them.
  boost::asio::awaitable<bool> write_stream(std::shared_ptr<Exchange> exchange, Response& response, unsigned version, bool keep_alive);
  boost::asio::awaitable<Result<StreamPiece>> next_piece(std::shared_ptr<Exchange> exchange, std::shared_ptr<BodyStream> stream);
  boost::asio::awaitable<bool> write_piece(std::string_view text, bool chunked);
  // After an early answer: takes what the client still sends, so that its system does not throw the answer away.
  boost::asio::awaitable<void> linger();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  Service& service_;
  const ServerOptions& options_;
  const std::atomic<bool>& stopping_;
  std::string peer_address_;
  bool idle_ = true;
  std::shared_ptr<Exchange> in_flight_;  // shared with its handler
};

}  // namespace nozama
