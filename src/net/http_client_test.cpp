#include "net/http_client.h"

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/http_server_for_test.h"

namespace nozama {
namespace {

TEST(HttpClient, MethodHeadersAndBodyArriveAndTheAnswerComesBack) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    EXPECT_TRUE(request.head.starts_with("PUT /things/1?x=1 HTTP/1.1\r\n")) << request.head;
    EXPECT_TRUE(request.has("X-Kind: shoe")) << request.head;
    EXPECT_EQ(request.head.find("Expect:"), std::string::npos);
    EXPECT_EQ(request.head.find("Content-Type:"), std::string::npos) << "none is made up";
    EXPECT_EQ(request.body, "a body");
    connection.answer("201 Created\r\nETag: \"one\"\r\nX-TWICE: a\r\nX-Twice: b", "made");
  });
  HttpClient client;
  const auto answer = client.send({.method = "PUT", .url = server.url("/things/1?x=1"), .headers = {{"X-Kind", "shoe"}}, .body = as_byte_span("a body")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->header("etag"), "\"one\"");
  EXPECT_EQ(answer->header("x-twice"), "b");
  EXPECT_EQ(answer->header("missing"), "");
  EXPECT_EQ(as_text(answer->body), "made");
}

TEST(HttpClient, AConnectionIsUsedAgain) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) { connection.answer("200 OK", "x"); });
  HttpClient client;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.send({.url = server.url("/")}));
  EXPECT_EQ(server.requests(), 5);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ARedirectIsAnAnswerAndIsNotFollowed) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) { connection.answer("302 Found\r\nLocation: /elsewhere", ""); });
  HttpClient client;
  const auto answer = client.send({.url = server.url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpClient, ABodyOverTheLimitIsRefusedWhetherItsLengthIsToldOrNot) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/told") {
      connection.answer("200 OK", std::string(5000, 'x'));
      return;
    }
    connection.send("HTTP/1.1 200 OK\r\n\r\n");  // endless
    while (connection.send(std::string(1000, 'x'))) {
    }
  });
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/told"), .response_bytes_max = 4999}).error().reason, "response_too_large");
  EXPECT_EQ(client.send({.url = server.url("/endless"), .response_bytes_max = 4999}).error().reason, "response_too_large");
  EXPECT_TRUE(client.send({.url = server.url("/told"), .response_bytes_max = 5000}));
}

TEST(HttpClient, AnAnswerThatEndsTooEarlyIsAnError) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/half") connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    connection.close();
  });
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/half")}).error().reason, "connection_lost");
  EXPECT_EQ(client.send({.url = server.url("/nothing")}).error().reason, "connection_lost");
}

TEST(HttpClient, WhatIsNotHttpAndHeadersWithoutEndAreRefused) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/headers") {
      connection.send("HTTP/1.1 200 OK\r\n");
      while (connection.send("X-More: " + std::string(1000, 'x') + "\r\n")) {
      }
    }
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
    connection.close();
  });
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/headers")}).error().reason, "bad_response");
  EXPECT_EQ(client.send({.url = server.url("/ssh")}).error().code, ErrorCode::kCorrupt);
}

TEST(HttpClient, ASilentServerIsLeftAfterTheTimeGivenAndOnRequest) {
  const HttpServerForTest server([](const TestRequest&, TestConnection&) {});
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/"), .timeout_ms = 200}).error().code, ErrorCode::kTimeout);
  std::stop_source source;
  std::thread stopper([&source] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  EXPECT_EQ(client.send({.url = server.url("/")}, source.get_token()).error().code, ErrorCode::kCancelled);
  stopper.join();
}

TEST(HttpClient, ADripOfBytesEndsWithTheTimeOfTheWhole) {
  const HttpServerForTest server([](const TestRequest&, TestConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (connection.send("x")) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  });
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/"), .timeout_ms = 300}).error().code, ErrorCode::kTimeout);
}

TEST(HttpClient, ItConnectsToTheAddressesGivenAndToNoOther) {
  const HttpServerForTest server([](const TestRequest& request, TestConnection& connection) {
    EXPECT_NE(request.head.find("Host: shop.invalid:"), std::string::npos);
    connection.answer("200 OK", "pinned");
  });
  HttpClient client;
  const std::string by_name = "http://shop.invalid:" + std::to_string(server.port()) + "/";
  const auto pinned = client.send({.url = by_name, .addresses = {"127.0.0.1"}});
  ASSERT_TRUE(pinned) << pinned.error().message;
  EXPECT_EQ(client.send({.url = server.url("/"), .addresses = {"192.0.2.1"}}).error().reason, "host_unreachable");
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpClient, WhoCannotBeReachedIsNamedAndTheQueryIsNot) {
  HttpClient client;
  const auto unknown = client.send({.url = "http://shop.invalid/picture?token=secret"});
  EXPECT_EQ(unknown.error().reason, "host_unknown");
  EXPECT_NE(unknown.error().message.find("shop.invalid"), std::string::npos);
  EXPECT_EQ(unknown.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(client.send({.url = "http://127.0.0.1:1/"}).error().reason, "host_unreachable");
  EXPECT_EQ(client.send({.url = "ftp://example.com/"}).error().reason, "bad_url");
}

}  // namespace
}  // namespace nozama
