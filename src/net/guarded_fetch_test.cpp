#include "net/guarded_fetch.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/http_server_for_test.h"

namespace nozama {
namespace {

FetchOptions own_server_options() {
  FetchOptions options;
  options.own_networks = {"127.0.0.1"};
  options.retry.backoff_ms = 1;
  options.timeout_ms = 2000;
  return options;
}

Result<FetchedFile> fetch(const std::string& url, const FileVersion& known = {}, const FetchOptions& options = own_server_options()) {
  return (*GuardedFetcher::make(options))->fetch(url, known, {});
}

TEST(GuardedFetch, AFileComesWithItsVersionAndIsNotSentAgain) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    const bool known = request.has("If-None-Match: \"v1\"") && request.has("If-Modified-Since: yesterday");
    if (known) {
      connection.answer("304 Not Modified", "");
    } else {
      connection.answer("200 OK\r\nETag: \"v1\"\r\nLast-Modified: yesterday", "picture");
    }
  });
  const auto first = fetch(server.url("/a.jpg"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(as_text(first->bytes), "picture");
  EXPECT_FALSE(first->not_modified);
  const auto again = fetch(server.url("/a.jpg"), first->version);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->not_modified);
  EXPECT_EQ(again->version.etag, "\"v1\"");
}

TEST(GuardedFetch, ANotModifiedThatWasNotAskedForIsRefused) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) { connection.answer("304 Not Modified", ""); });
  EXPECT_EQ(fetch(server.url("/")).error().reason, "server_refused");
}

TEST(GuardedFetch, OwnServersAreNotReachedUnlessTheirNetworkIsPermitted) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) { connection.answer("200 OK", "secret"); });
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.0.0.1", "[::ffff:127.0.0.1]"}) {
    const auto refused = fetch("http://" + host + ":" + std::to_string(server.port()) + "/", {}, FetchOptions{});
    EXPECT_EQ(refused.error().reason, "address_refused") << host;
    EXPECT_EQ(refused.error().message.find("127.0.0.1 "), std::string::npos);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(GuardedFetch, RedirectsAreFollowedAndCheckedEach) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    const std::string path = request.path();
    if (path == "/good") return void(connection.answer("301 Moved\r\nLocation: /here", ""));
    if (path == "/here") return void(connection.answer("200 OK", "picture"));
    if (path == "/metadata") return void(connection.answer("302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/", ""));
    if (path == "/private") return void(connection.answer("307 Again\r\nLocation: http://10.0.0.1/", ""));
    if (path == "/other-loopback") return void(connection.answer("302 Found\r\nLocation: http://127.0.0.2/", ""));
    if (path == "/file") return void(connection.answer("302 Found\r\nLocation: file:///etc/passwd", ""));
    connection.answer("302 Found\r\nLocation: " + path + "x", "");
  });
  EXPECT_EQ(as_text(fetch(server.url("/good"))->bytes), "picture");
  EXPECT_EQ(fetch(server.url("/metadata")).error().reason, "address_refused");
  EXPECT_EQ(fetch(server.url("/private")).error().reason, "address_refused");
  EXPECT_EQ(fetch(server.url("/other-loopback")).error().reason, "address_refused");
  EXPECT_EQ(fetch(server.url("/file")).error().reason, "bad_url");
  const int before = server.requests();
  EXPECT_EQ(fetch(server.url("/loop")).error().reason, "too_many_redirects");
  EXPECT_EQ(server.requests() - before, 6);
}

TEST(GuardedFetch, ABusyServerIsAskedAgainAndAMissingFileIsNot) {
  std::atomic<int> asked = 0;
  const HttpServerForTest server([&asked](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/missing") return void(connection.answer("404 Not Found", ""));
    if (request.path() == "/patience") return void(connection.answer("429 Too Many\r\nRetry-After: 3600", ""));
    if (request.path() == "/drop" && ++asked < 3) return connection.close();
    if (request.path() == "/busy" && ++asked < 3) return void(connection.answer("503 Busy\r\nRetry-After: 0", ""));
    connection.answer("200 OK", "picture");
  });
  EXPECT_TRUE(fetch(server.url("/busy")));
  EXPECT_EQ(asked.exchange(0), 3);
  EXPECT_TRUE(fetch(server.url("/drop")));
  EXPECT_EQ(asked, 3);
  const int before = server.requests();
  EXPECT_EQ(fetch(server.url("/missing")).error().reason, "not_there");
  EXPECT_EQ(fetch(server.url("/patience")).error().reason, "server_refused");
  EXPECT_EQ(server.requests() - before, 2);
}

TEST(GuardedFetch, TheServersWishToWaitIsKept) {
  std::atomic<int> asked = 0;
  const HttpServerForTest server(
      [&asked](const TestRequest&, TestConnection& connection) { connection.answer(++asked == 1 ? "429 Too Many\r\nRetry-After: 1" : "200 OK", ""); });
  const Stopwatch watch;
  EXPECT_TRUE(fetch(server.url("/")));
  EXPECT_GE(watch.elapsed_ms(), 1000);
}

TEST(GuardedFetch, HugeAndSlowAndLyingAnswersAreRefused) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/huge") return void(connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"));
    if (request.path() == "/lying") {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort");
      return connection.close();
    }
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send("x")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  });
  FetchOptions options = own_server_options();
  options.timeout_ms = 200;
  options.retry.attempts_max = 2;
  EXPECT_EQ(fetch(server.url("/huge"), {}, options).error().reason, "response_too_large");
  EXPECT_EQ(fetch(server.url("/lying"), {}, options).error().reason, "connection_lost");
  EXPECT_EQ(fetch(server.url("/slow"), {}, options).error().reason, "request_timeout");
}

TEST(GuardedFetch, ADeadHostIsLeftAloneAfterAFewFailures) {
  int port = 0;
  {
    const HttpServerForTest gone([](const TestRequest&, TestConnection&) {});
    port = gone.port();
  }
  FetchOptions options = own_server_options();
  options.retry.attempts_max = 1;
  options.host_pause_ms = 100;
  const auto fetcher = *GuardedFetcher::make(options);
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetcher->fetch(url, {}, {}).error().reason, "host_unreachable");
  EXPECT_EQ(fetcher->fetch(url, {}, {}).error().reason, "host_paused");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  EXPECT_EQ(fetcher->fetch(url, {}, {}).error().reason, "host_unreachable") << "tried again after the pause";
}

TEST(GuardedFetch, AStopEndsTheWaitBetweenAttempts) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) { connection.answer("503 Busy\r\nRetry-After: 20", ""); });
  std::stop_source source;
  std::thread stopper([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  EXPECT_EQ((*GuardedFetcher::make(own_server_options()))->fetch(server.url("/"), {}, source.get_token()).error().code, ErrorCode::kCancelled);
  stopper.join();
}

}  // namespace
}  // namespace nozama
