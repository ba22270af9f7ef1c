#include "server/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <semaphore>

#include "engine/engine.h"
#include "engine/recall_record.h"

namespace nozama {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds, std::chrono::steady_clock;
using testing::HasSubstr, testing::Not, testing::StartsWith;

constexpr size_t kBodyMax = 1000;

Lane on_encode_lane(const Request&) { return Lane::kEncode; }
Lane on_other_lane(const Request&) { return Lane::kCatalogue; }

Response text_answer(std::string text) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(text);
  return response;
}

// A connection that speaks bytes, so that tests can send what no client library would.
class Client {
 public:
  explicit Client(uint16_t port) : socket_(io_) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  void send(const std::string& text) {
    boost::system::error_code ignored;  // the server may close early; what it answered counts
    asio::write(socket_, asio::buffer(text), ignored);
  }

  // One answer, by its Content-Length.
  std::string receive(bool without_body = false) {
    boost::system::error_code error;
    const size_t head = asio::read_until(socket_, asio::dynamic_buffer(buffer_), "\r\n\r\n", error);
    if (error) return take(buffer_.size());
    size_t body = 0;
    const size_t at = buffer_.find("Content-Length: ");
    if (at < head && !without_body) body = std::stoul(buffer_.substr(at + 16));
    if (buffer_.size() < head + body) asio::read(socket_, asio::dynamic_buffer(buffer_), asio::transfer_exactly(head + body - buffer_.size()), error);
    return take(head + body);
  }

  std::string receive_all() {
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(buffer_), error);
    return take(buffer_.size());
  }

  std::string ask(const std::string& text) {
    send(text);
    return receive();
  }

 private:
  std::string take(size_t count) {
    const std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  asio::io_context io_;
  tcp::socket socket_;
  std::string buffer_;
};

std::string get(const std::string& path, const std::string& headers = "") { return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", path, headers); }

std::string post(const std::string& path, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}", path, body.size(), body);
}

// Routes whose handlers the tests hold and release.
class HttpServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.host = "127.0.0.1";
    options.port = 0;
    options.access_log = false;
    auto started = HttpServer::start(options, {}, [this](Service& service, Metrics& metrics) {
      Router& router = service.router();
      router.add({.method = "GET", .pattern = "/hello/{name}", .handler = [](const Request& r) { return text_answer("hello " + r.captures[0]); }});
      router.add({.method = "POST",
                  .pattern = "/echo",
                  .handler = [](const Request& r) { return text_answer(r.body); },
                  .lane = on_encode_lane,
                  .body_bytes_max = kBodyMax});
      router.add({.method = "GET", .pattern = "/held", .handler = [this](const Request&) { return held(); }, .lane = on_encode_lane});
      router.add({.method = "GET", .pattern = "/other", .handler = [](const Request&) { return text_answer("other"); }, .lane = on_other_lane});
      router.add({.method = "GET",
                  .pattern = "/throw",
                  .handler = [](const Request&) -> Response { throw std::runtime_error("secret path"); },
                  .lane = on_other_lane});
      router.add({.method = "GET", .pattern = "/metrics", .handler = [&service, &metrics](const Request&) {
                    return text_answer(metrics.render(service.gauges(), {}, {}));
                  }});
    });
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  Response held() {
    entered_.release();
    release_.acquire();
    return text_answer("released");
  }

  uint16_t port() const { return server_->port(); }

  std::counting_semaphore<> entered_{0}, release_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, OneConnectionCarriesManyRequests) {
  start();
  Client client(port());
  for (int i = 0; i < 3; ++i) {
    const std::string answer = client.ask(get(fmt::format("/hello/{}", i)));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr(fmt::format("\r\n\r\nhello {}", i)));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  }
  client.send(get("/hello/a") + post("/echo", "b") + get("/hello/c"));
  EXPECT_THAT(client.receive(), HasSubstr("hello a"));
  EXPECT_THAT(client.receive(), HasSubstr("\r\n\r\nb"));
  EXPECT_THAT(client.receive(), HasSubstr("hello c"));
}

TEST_F(HttpServerTest, HeadAnswersWithoutABody) {
  start();
  Client client(port());
  client.send("HEAD /hello/you HTTP/1.1\r\nHost: x\r\n\r\n" + get("/hello/me"));
  const std::string head = client.receive(true);
  EXPECT_THAT(head, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(client.receive(), HasSubstr("hello me"));
}

TEST_F(HttpServerTest, WhatDoesNotExistIsAProblem) {
  start();
  Client client(port());
  const std::string missing = client.ask(get("/nothing"));
  EXPECT_THAT(missing, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(missing, HasSubstr("application/problem+json"));
  EXPECT_THAT(missing, HasSubstr(R"("code":"not_found")"));
  const std::string method = client.ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(method, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(method, HasSubstr("Allow: OPTIONS, POST\r\n"));
  EXPECT_THAT(client.ask(get("/%zz")), HasSubstr(R"("code":"bad_request")"));
}

// features: I6
TEST_F(HttpServerTest, ARequestKeepsItsIdAndAStrangeOneIsReplaced) {
  start();
  Client client(port());
  EXPECT_THAT(client.ask(get("/hello/x", "X-Request-Id: shop-42.a\r\n")), HasSubstr("X-Request-Id: shop-42.a\r\n"));
  EXPECT_THAT(client.ask(get("/nothing", "X-Request-Id: shop-43\r\n")), HasSubstr(R"("request_id":"shop-43")"));
  const std::string replaced = client.ask(get("/hello/x", "X-Request-Id: a b\"c\r\n"));
  EXPECT_THAT(replaced, Not(HasSubstr("a b")));
  EXPECT_THAT(replaced, HasSubstr("X-Request-Id: "));
  EXPECT_THAT(client.ask(get("/hello/x", "X-Request-Id: " + std::string(65, 'a') + "\r\n")), Not(HasSubstr("aaaa")));
}

TEST_F(HttpServerTest, NonsenseAndOversizedHeadsAreRefused) {
  start();
  Client nonsense(port());
  EXPECT_THAT(nonsense.ask("this is not HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  Client long_head(port());
  const std::string answer = long_head.ask(get("/hello/x", "X: " + std::string(20'000, 'y') + "\r\n"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(answer, HasSubstr("headers_too_large"));
  Client both(port());
  EXPECT_THAT(both.ask("POST /echo HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpServerTest, OversizedBodiesAreRefusedBeforeAndWhileReading) {
  start();
  Client announced(port());
  announced.send(post("/echo", std::string(kBodyMax + 1, 'x')));
  const std::string before = announced.receive_all();
  EXPECT_THAT(before, StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(before, HasSubstr("payload_too_large"));
  EXPECT_THAT(before, HasSubstr("Connection: close"));

  Client chunked(port());
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.receive_all(), StartsWith("HTTP/1.1 413"));

  Client fitting(port());
  EXPECT_THAT(fitting.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), HasSubstr("\r\n\r\nabc"));
  EXPECT_THAT(fitting.ask(post("/echo", std::string(kBodyMax, 'x'))), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AClientThatAsksFirstIsToldToGoOn) {
  start();
  Client client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.receive(), StartsWith("HTTP/1.1 100"));
  EXPECT_THAT(client.ask("body"), HasSubstr("\r\n\r\nbody"));
}

TEST_F(HttpServerTest, UploadsTogetherStayWithinTheirMemory) {
  ServerOptions options;
  options.upload_bytes_in_flight_max = 1500;
  start(options);
  Client slow(port());
  slow.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
  Client second(port());
  std::string answer;
  // The first head may not have been read yet; once it is, the second upload no longer fits.
  for (int i = 0; i < 500 && !answer.starts_with("HTTP/1.1 503"); ++i) {
    Client next(port());
    next.send(post("/echo", std::string(900, 'x')));
    answer = next.receive();
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(slow.ask(std::string(900, 'y')), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(second.ask(post("/echo", std::string(900, 'x'))), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AFullQueueIsBusyAndTheOtherPoolIsNot) {
  ServerOptions options;
  options.encode_threads = 1;
  options.queue_length_max = 1;
  start(options);
  Client running(port()), waiting(port()), refused(port()), other(port());
  running.send(get("/held"));
  entered_.acquire();
  waiting.send(get("/held"));
  std::string answer;
  while (answer.find("nozama_queue_length{pool=\"encode\"} 1") == std::string::npos) answer = other.ask(get("/metrics"));
  const std::string busy = refused.ask(get("/held"));
  EXPECT_THAT(busy, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(busy, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(busy, HasSubstr(R"("code":"busy")"));
  EXPECT_THAT(other.ask(get("/other")), HasSubstr("\r\n\r\nother"));
  release_.release(2);
  EXPECT_THAT(running.receive(), HasSubstr("released"));
  EXPECT_THAT(waiting.receive(), HasSubstr("released"));
}

TEST_F(HttpServerTest, ARequestOverItsTimeIsAnsweredAndTheHandlerMayEndLater) {
  ServerOptions options;
  options.request_timeout_ms = 50;
  start(options);
  Client client(port());
  const std::string late = client.ask(get("/held"));
  EXPECT_THAT(late, StartsWith("HTTP/1.1 504"));
  EXPECT_THAT(late, HasSubstr(R"("code":"timeout")"));
  release_.release();
  EXPECT_THAT(client.ask(get("/hello/again")), HasSubstr("hello again"));
}

TEST_F(HttpServerTest, AnUnexpectedExceptionIsOneFailedRequest) {
  start();
  Client client(port());
  const std::string failed = client.ask(get("/throw"));
  EXPECT_THAT(failed, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(failed, Not(HasSubstr("secret")));
  EXPECT_THAT(client.ask(get("/hello/still")), HasSubstr("hello still"));
}

TEST_F(HttpServerTest, AClientThatLeavesHarmsNobody) {
  start();
  for (int i = 0; i < 20; ++i) {
    Client client(port());
    client.send(i % 2 == 0 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nonly a part" : get("/held"));
    if (i % 2 == 1) entered_.acquire();
    if (i % 2 == 1) release_.release();
  }
  Client client(port());
  EXPECT_THAT(client.ask(get("/hello/there")), HasSubstr("hello there"));
}

TEST_F(HttpServerTest, AnIdleOrSlowConnectionIsClosed) {
  ServerOptions options;
  options.keep_alive_timeout_ms = 50;
  options.header_timeout_ms = 50;
  start(options);
  Client idle(port()), slow(port());
  slow.send("GET /hello/x HTTP/1.1\r\nHo");
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_EQ(slow.receive_all(), "");
}

TEST_F(HttpServerTest, ABodyThatDoesNotArriveIsAnsweredWithTheReason) {
  ServerOptions options;
  options.body_timeout_ms = 50;
  start(options);
  Client slow(port()), eager(port());
  slow.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nonly a part");
  const std::string late = slow.receive();
  EXPECT_THAT(late, StartsWith("HTTP/1.1 408"));
  EXPECT_THAT(late, HasSubstr(R"("code":"request_timeout")"));
  EXPECT_THAT(late, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(eager.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole"), HasSubstr("whole"));
}

TEST_F(HttpServerTest, TooManyConnectionsAreTurnedAway) {
  ServerOptions options;
  options.connections_max = 2;
  start(options);
  Client first(port()), second(port());
  EXPECT_THAT(first.ask(get("/hello/1")), HasSubstr("hello 1"));
  EXPECT_THAT(second.ask(get("/hello/2")), HasSubstr("hello 2"));
  Client third(port());
  EXPECT_THAT(third.receive_all(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(first.ask(get("/hello/3")), HasSubstr("hello 3"));
}

TEST_F(HttpServerTest, StoppingFinishesWhatRunsAndClosesWhatIdles) {
  start();
  Client busy(port()), idle(port());
  EXPECT_THAT(idle.ask(get("/hello/x")), HasSubstr("hello x"));
  busy.send(get("/held"));
  entered_.acquire();
  std::thread stopper([this] { server_->stop(); });
  EXPECT_EQ(idle.receive_all(), "");
  release_.release();
  const std::string answer = busy.receive_all();
  EXPECT_THAT(answer, HasSubstr("released"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  stopper.join();
  EXPECT_THROW(Client late(port()), boost::system::system_error);
}

TEST_F(HttpServerTest, StoppingDoesNotWaitForASlowClient) {
  ServerOptions options;
  options.stop_timeout_ms = 50;
  start(options);
  Client slow(port());
  slow.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nonly a part");
  Client other(port());
  EXPECT_THAT(other.ask(get("/hello/x")), HasSubstr("hello x"));
  server_->stop();
  EXPECT_EQ(slow.receive_all(), "");
}

TEST_F(HttpServerTest, APortInUseSaysSo) {
  start();
  ServerOptions options;
  options.port = port();
  const auto second = HttpServer::start(options, {}, [](Service&, Metrics&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().reason, "port_in_use");
  EXPECT_THAT(second.error().message, HasSubstr("--listen"));
  ServerOptions elsewhere;
  elsewhere.host = "203.0.113.7";
  elsewhere.port = 0;
  const auto third = HttpServer::start(elsewhere, {}, [](Service&, Metrics&) {});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, "bad_listen_address");
}

TEST_F(HttpServerTest, OnlyAllowedOriginsMayReadAnswers) {
  ServerOptions options;
  options.cors_origins = {"https://shop.example/"};
  start(options);
  Client client(port());
  EXPECT_THAT(client.ask(get("/hello/x", "Origin: https://shop.example\r\n")), HasSubstr("Access-Control-Allow-Origin: https://shop.example\r\n"));
  const std::string stranger = client.ask(get("/hello/x", "Origin: https://evil.example\r\n"));
  EXPECT_THAT(stranger, Not(HasSubstr("Access-Control-Allow-Origin")));
  EXPECT_THAT(stranger, HasSubstr("Vary: Origin\r\n"));
  const std::string preflight = client.ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  EXPECT_THAT(preflight, StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(preflight, HasSubstr("Access-Control-Allow-Methods: OPTIONS, POST\r\n"));
  EXPECT_THAT(client.ask(get("/nothing", "Origin: https://shop.example\r\n")), HasSubstr("Access-Control-Allow-Origin"));
}

TEST_F(HttpServerTest, ManyClientsAtOnceAllGetTheirOwnAnswer) {
  ServerOptions options;
  options.io_threads = 2;
  options.queue_length_max = 1000;
  start(options);
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      Client client(port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = fmt::format("client {} request {}", c, i);
        if (client.ask(post("/echo", body)).ends_with("\r\n\r\n" + body)) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 400);
}

// features: I6
TEST_F(HttpServerTest, MetricsCountByRouteNotByPath) {
  start();
  Client client(port());
  client.ask(get("/hello/a"));
  client.ask(get("/hello/b"));
  client.ask("BREW /hello/a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string metrics = client.ask(get("/metrics"));
  EXPECT_THAT(metrics, HasSubstr(R"(nozama_http_requests_total{method="GET",route="/hello/{name}",status="200"} 2)"));
  EXPECT_THAT(metrics, HasSubstr("method=\"(other)\""));
  EXPECT_THAT(metrics, HasSubstr("nozama_connections 1"));
  EXPECT_THAT(metrics, Not(HasSubstr("/hello/a")));
  EXPECT_THAT(metrics, Not(HasSubstr("process_resident_memory_bytes 0")));
}

}  // namespace
}  // namespace nozama
