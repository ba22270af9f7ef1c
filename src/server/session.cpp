#include "server/session.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <memory>
#include <tuple>

#include "base/log.h"
#include "server/problem.h"

namespace nozama {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr size_t kHeaderBytesMax = size_t{16} << 10;
constexpr size_t kBufferBytesMax = size_t{128} << 10;
constexpr size_t kLingerReadBytes = size_t{64} << 10;
constexpr size_t kLingerBytesMax = size_t{64} << 20;
constexpr auto kLingerTime = std::chrono::seconds(5);

std::chrono::milliseconds ms(int count) { return std::chrono::milliseconds(count); }

// What is wrong with a request that could not be parsed; nothing when the client just went away.
std::optional<Error> parse_problem(error_code error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return Error{ErrorCode::kTooLarge, "headers_too_large", "the request's head is larger than 16 KiB"};
  }
  if (error == http::error::body_limit) return Error{ErrorCode::kTooLarge, "payload_too_large", "the body is larger than this path allows"};
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error.category() != http::make_error_code(http::error::bad_method).category()) return std::nullopt;
  return Error{ErrorCode::kInvalidArgument, "bad_request", "this is not HTTP/1.1: " + error.message()};
}

void fill_head(const http::request<http::string_body>& message, Request& request) {
  request.method = std::string(message.method_string());
  for (const auto& field : message) request.headers.emplace_back(to_lower_ascii(field.name_string()), std::string(field.value()));
}

// A pool's answer on its way back to the session's strand. The timer is only the bell.
template <class T>
struct Delivery {
  explicit Delivery(const asio::any_io_executor& executor) : bell(executor) {}
  asio::steady_timer bell;
  std::optional<T> content;
};

// Shared: the handler may end after the time is over and the session gone.
template <class T>
auto delivers(const std::shared_ptr<Delivery<T>>& delivery, const asio::any_io_executor& executor) {
  return [delivery, executor](T content) {
    asio::post(executor, [delivery, content = std::move(content)]() mutable {
      delivery->content = std::move(content);
      delivery->bell.cancel();
    });
  };
}

// Wakes whoever waits for the stream. Unlike the stream's own time limit it leaves the connection open for an answer.
struct Alarm {
  explicit Alarm(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool off = false, rang = false;

  void turn_off() {
    off = true;
    timer.cancel();
  }
};

// Shared: the timer may have run out already when it is turned off.
std::shared_ptr<Alarm> set_alarm(beast::tcp_stream& stream, int timeout_ms) {
  auto alarm = std::make_shared<Alarm>(stream.get_executor());
  alarm->timer.expires_after(ms(timeout_ms));
  alarm->timer.async_wait([alarm, &stream](error_code error) {
    if (error || alarm->off) return;
    alarm->rang = true;
    stream.cancel();
  });
  return alarm;
}

// While a handler works: does the client close its side? Reads nothing: a next request that comes early stays where it is.
class DepartureWatch {
 public:
  DepartureWatch(beast::tcp_stream& stream, std::shared_ptr<Exchange> exchange) : stream_(stream), over_(std::make_shared<bool>(false)) {
    stream.socket().async_wait(asio::ip::tcp::socket::wait_read, [&stream, exchange = std::move(exchange), over = over_](error_code error) {
      char next = 0;
      if (!error && !*over && ::recv(stream.socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0) exchange->stop.request_stop();
    });
  }
  DepartureWatch(const DepartureWatch&) = delete;
  DepartureWatch& operator=(const DepartureWatch&) = delete;
  ~DepartureWatch() {
    *over_ = true;
    stream_.cancel();
  }

 private:
  beast::tcp_stream& stream_;
  std::shared_ptr<bool> over_;  // shared with the wait, which may have ended just before it is cancelled
};

}  // namespace

Session::Session(asio::ip::tcp::socket socket, Service& service, const ServerOptions& options, const std::atomic<bool>& stopping)
    : stream_(std::move(socket)), buffer_(kBufferBytesMax), service_(service), options_(options), stopping_(stopping) {}

void Session::close_if_idle() {
  if (idle_) close();
}

void Session::close() {
  error_code ignored;
  if (in_flight_ != nullptr) in_flight_->stop.request_stop();
  static_cast<void>(stream_.socket().close(ignored));
}

asio::awaitable<void> Session::run() {
  error_code ignored;
  static_cast<void>(stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored));
  if (const auto peer = stream_.socket().remote_endpoint(ignored); !ignored) peer_address_ = peer.address().to_string();
  bool open = true;
  while (open && !stopping_) {
    open = co_await await_first_byte();
    if (open) open = co_await serve_one();
  }
  static_cast<void>(stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored));
}

asio::awaitable<bool> Session::await_first_byte() {
  if (buffer_.size() > 0) co_return true;  // the client sent its next request without waiting
  idle_ = true;
  stream_.expires_after(ms(options_.keep_alive_timeout_ms));
  auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(4096), kAwait);
  idle_ = false;
  if (error) co_return false;
  buffer_.commit(count);
  co_return true;
}

asio::awaitable<bool> Session::serve_one() {
  auto exchange = std::make_shared<Exchange>();
  Parser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(boost::none);  // set when the route is known
  stream_.expires_after(ms(options_.header_timeout_ms));
  auto [error, count] = co_await http::async_read_header(stream_, buffer_, parser, kAwait);
  if (error) {
    const auto problem = parse_problem(error);
    if (!problem) co_return false;
    exchange->request.method = "(bad)";
    Response refusal = service_.refuse(*exchange, *problem);
    co_await write(*exchange, refusal, 11, false);
    co_await linger();
    co_return false;
  }
  fill_head(parser.get(), exchange->request);
  exchange->request.client_address = peer_address_;
  const unsigned version = parser.get().version();
  const std::string target(parser.get().target());
  const auto length = parser.content_length();
  const bool has_body = parser.chunked() || (length && *length > 0);
  std::optional<Response> response = service_.admit(*exchange, target, length ? std::optional<uint64_t>(*length) : std::nullopt);
  bool body_read = !has_body;
  if (!response && has_body) {
    body_read = co_await read_body(parser, Service::body_bytes_max(*exchange), response, *exchange);
    if (!body_read && !response) co_return false;
  }
  if (!response) {
    exchange->request.body = std::move(parser.get().body());
    exchange->since_received = Stopwatch();
    exchange->request.deadline = std::chrono::steady_clock::now() + ms(options_.request_timeout_ms);
    in_flight_ = exchange;
    response = co_await answer(exchange);
  }
  const bool keep_alive = parser.keep_alive() && body_read && !stopping_;
  const bool written = response->stream() != nullptr ? co_await write_stream(exchange, *response, version, keep_alive)
                                                     : co_await write(*exchange, *response, version, keep_alive);
  in_flight_ = nullptr;
  if (written && !body_read) co_await linger();
  co_return written&& keep_alive;
}

asio::awaitable<bool> Session::read_body(Parser& parser, size_t bytes_max, std::optional<Response>& refusal, const Exchange& exchange) {
  parser.body_limit(bytes_max);
  stream_.expires_after(ms(options_.body_timeout_ms) + kLingerTime);  // a ring between two reads is not heard
  const auto alarm = set_alarm(stream_, options_.body_timeout_ms);
  error_code error;
  if (beast::iequals(exchange.request.header("expect"), "100-continue")) {
    http::response<http::empty_body> go_on(http::status::continue_, parser.get().version());
    std::tie(error, std::ignore) = co_await http::async_write(stream_, go_on, kAwait);
  }
  if (!error) std::tie(error, std::ignore) = co_await http::async_read(stream_, buffer_, parser, kAwait);
  alarm->turn_off();
  if (!error) co_return true;
  std::optional<Error> problem = parse_problem(error);
  if (alarm->rang) problem = Error{ErrorCode::kTimeout, "request_timeout", fmt::format("the body did not arrive within {} ms", options_.body_timeout_ms)};
  if (problem) refusal = problem_response(*problem, exchange.request.id);
  co_return false;
}

asio::awaitable<Response> Session::answer(std::shared_ptr<Exchange> exchange) {
  const asio::any_io_executor executor = stream_.get_executor();
  auto delivery = std::make_shared<Delivery<Response>>(executor);
  delivery->bell.expires_at(exchange->request.deadline);
  service_.submit(exchange, delivers(delivery, executor));
  {
    const DepartureWatch watch(stream_, exchange);
    co_await delivery->bell.async_wait(kAwait);
  }
  if (delivery->content) co_return std::move(*delivery->content);
  exchange->stop.request_stop();
  co_return problem_response({ErrorCode::kTimeout, "timeout", "the request took longer than it may"}, exchange->request.id);
}

asio::awaitable<bool> Session::write(const Exchange& exchange, Response& response, unsigned version, bool keep_alive) {
  service_.complete(exchange, response);
  const std::string_view body = response.body_text();
  http::response<http::span_body<const char>> message(static_cast<http::status>(response.status), version);
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
  message.keep_alive(keep_alive);
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body) message.content_length(body.size());
  if (may_have_body && exchange.request.method != "HEAD") message.body() = boost::beast::span<const char>(body.data(), body.size());
  stream_.expires_after(ms(options_.write_timeout_ms));
  http::response_serializer<http::span_body<const char>> serializer(message);
  auto [error, count] = co_await http::async_write(stream_, serializer, kAwait);
  co_return !error;
}

asio::awaitable<Result<StreamPiece>> Session::next_piece(std::shared_ptr<Exchange> exchange, std::shared_ptr<BodyStream> stream) {
  const asio::any_io_executor executor = stream_.get_executor();
  auto delivery = std::make_shared<Delivery<Result<StreamPiece>>>(executor);
  delivery->bell.expires_at(asio::steady_timer::time_point::max());
  service_.next_piece(exchange, stream, delivers(delivery, executor));
  const DepartureWatch watch(stream_, exchange);
  co_await delivery->bell.async_wait(kAwait);
  if (!delivery->content) co_return fail(ErrorCode::kCancelled, "client_gone", "the connection was closed");
  co_return std::move(*delivery->content);
}

asio::awaitable<bool> Session::write_piece(std::string_view text, bool chunked) {
  const asio::const_buffer bytes(text.data(), text.size());
  stream_.expires_after(ms(options_.write_timeout_ms));
  error_code error;
  if (chunked) {
    std::tie(error, std::ignore) = co_await asio::async_write(stream_, http::make_chunk(bytes), kAwait);
  } else {
    std::tie(error, std::ignore) = co_await asio::async_write(stream_, bytes, kAwait);
  }
  co_return !error;
}

asio::awaitable<bool> Session::write_stream(std::shared_ptr<Exchange> exchange, Response& response, unsigned version, bool keep_alive) {
  if (!service_.begin_stream()) {
    Response busy = problem_response({ErrorCode::kBusy, "busy", "too many answers are streamed at once"}, exchange->request.id);
    co_return co_await write(*exchange, busy, version, keep_alive);
  }
  const std::unique_ptr<Service, void (*)(Service*)> place(&service_, [](Service* service) { service->end_stream(); });
  service_.complete(*exchange, response);
  const bool chunked = version >= 11;
  http::response<http::empty_body> head(static_cast<http::status>(response.status), version);
  for (const auto& [name, value] : response.headers) head.insert(name, value);
  head.set(http::field::content_type, response.content_type);
  head.chunked(chunked);
  head.keep_alive(keep_alive && chunked);
  stream_.expires_after(ms(options_.write_timeout_ms));
  http::response_serializer<http::empty_body> serializer(head);
  const auto [error, count] = co_await http::async_write_header(stream_, serializer, kAwait);
  if (error) co_return false;
  if (exchange->request.method == "HEAD") co_return keep_alive&& chunked;

  const auto stream = std::get<std::shared_ptr<BodyStream>>(response.body);
  asio::steady_timer pause(stream_.get_executor());
  while (!exchange->stop.stop_requested() && !stopping_) {
    const auto piece = co_await next_piece(exchange, stream);
    if (!piece) {
      log_warning("stream_ended_early", {{"request_id", exchange->request.id}, {"error", piece.error().message}});
      break;
    }
    if (!piece->text.empty() && !co_await write_piece(piece->text, chunked)) break;
    if (piece->last) {
      if (!chunked) co_return false;
      const auto [failed, written] = co_await asio::async_write(stream_, http::make_chunk_last(), kAwait);
      co_return !failed;
    }
    if (piece->pause_ms == 0) continue;
    const DepartureWatch watch(stream_, exchange);
    pause.expires_after(ms(piece->pause_ms));
    co_await pause.async_wait(kAwait);
  }
  exchange->stop.request_stop();
  co_return false;
}

asio::awaitable<void> Session::linger() {
  error_code ignored;
  static_cast<void>(stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored));
  stream_.expires_after(kLingerTime);
  buffer_.clear();
  for (size_t taken = 0; taken < kLingerBytesMax;) {
    auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(kLingerReadBytes), kAwait);
    if (error) co_return;
    taken += count;
  }
}

}  // namespace nozama
