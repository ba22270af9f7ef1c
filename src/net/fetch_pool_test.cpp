#include "net/fetch_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "base/file.h"
#include "net/http_server_for_test.h"

namespace nozama {
namespace {

std::unique_ptr<GuardedFetcher> own_fetcher() {
  FetchOptions options;
  options.own_networks = {"127.0.0.0/8"};
  options.retry.backoff_ms = 1;
  return *GuardedFetcher::make(options);
}

TEST(FetchPool, EveryFileComesOnceAndAHostIsNotAskedForMoreThanItsShareAtATime) {
  std::atomic<int> now = 0, most = 0;
  const HttpServerForTest server([&](const TestRequest& request, TestConnection& connection) {
    const int together = ++now;
    for (int seen = most; seen < together && !most.compare_exchange_weak(seen, together);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --now;
    connection.answer("200 OK", request.path());
  });
  const auto fetcher = own_fetcher();
  std::mutex mutex;
  std::multiset<std::string> got;
  {
    FetchPool pool(*fetcher, {.threads = 8, .per_host_max = 3}, {});
    for (int i = 0; i < 60; ++i) {
      pool.submit(server.url("/" + std::to_string(i)), {}, [&](Result<FetchedFile> file) {
        ASSERT_TRUE(file) << file.error().message;
        const std::lock_guard lock(mutex);
        got.insert(std::string(as_text(file->bytes)));
      });
    }
  }
  EXPECT_EQ(got.size(), 60U);
  EXPECT_EQ(std::set(got.begin(), got.end()).size(), 60U);
  EXPECT_LE(most, 3);
}

TEST(FetchPool, ASlowHostDoesNotHoldTheOthers) {
  std::promise<void> quick_is_served;
  const std::shared_future<void> served = quick_is_served.get_future().share();
  const HttpServerForTest server([&served](const TestRequest& request, TestConnection& connection) {
    if (request.path() == "/slow") served.wait_for(std::chrono::seconds(30));
    connection.answer("200 OK", "x");
  });
  const auto fetcher = own_fetcher();
  std::atomic<int> slow = 0;
  std::promise<int> slow_before_quick;
  FetchPool pool(*fetcher, {.threads = 4, .per_host_max = 2}, {});
  for (int i = 0; i < 6; ++i) pool.submit(server.url("/slow"), {}, [&](const Result<FetchedFile>&) { ++slow; });
  pool.submit("http://localhost:" + std::to_string(server.port()) + "/quick", {}, [&](const Result<FetchedFile>& file) {
    EXPECT_TRUE(file);
    slow_before_quick.set_value(slow);
    quick_is_served.set_value();
  });
  EXPECT_EQ(slow_before_quick.get_future().get(), 0);
}

TEST(FetchPool, AStopEndsWhatWaitsAndWhatIsUnderWay) {
  const HttpServerForTest server([](const TestRequest&, TestConnection&) {});
  const auto fetcher = own_fetcher();
  std::stop_source source;
  std::atomic<int> cancelled = 0;
  {
    FetchPool pool(*fetcher, {.threads = 2, .per_host_max = 2}, source.get_token());
    for (int i = 0; i < 10; ++i) {
      pool.submit(server.url("/"), {}, [&](const Result<FetchedFile>& file) { cancelled += !file && file.error().code == ErrorCode::kCancelled ? 1 : 0; });
    }
    EXPECT_GT(pool.unfinished(), 0U);
    source.request_stop();
  }
  EXPECT_EQ(cancelled, 10);
}

TEST(FetchPool, WhatIsNoUrlIsAnErrorLikeOthers) {
  const auto fetcher = own_fetcher();
  std::string reason;
  {
    FetchPool pool(*fetcher, {.threads = 1}, {});
    pool.submit("ftp://shop.example/a.jpg", {}, [&](const Result<FetchedFile>& file) { reason = file.error().reason; });
  }
  EXPECT_EQ(reason, "bad_url");
}

}  // namespace
}  // namespace nozama
