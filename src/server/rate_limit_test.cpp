#include "server/rate_limit.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

using std::chrono::seconds;

// features: I5
TEST(RateLimiter, GivesAMinutesWorthAtOnceAndFillsEvenly) {
  RateLimiter limiter(60);
  const auto start = RateLimiter::Clock::now();
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(limiter.take("a", start).allowed);
  const RateVerdict refused = limiter.take("a", start);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.limit, 60);
  EXPECT_EQ(refused.remaining, 0);
  EXPECT_EQ(refused.wait_s, 1);
  EXPECT_TRUE(limiter.take("b", start).allowed);
  EXPECT_TRUE(limiter.take("a", start + seconds(1)).allowed);
  EXPECT_FALSE(limiter.take("a", start + seconds(1)).allowed);
  EXPECT_EQ(limiter.take("a", start + seconds(3600)).remaining, 59);
}

TEST(RateLimiter, WhatIsGivenBackDoesNotCount) {
  RateLimiter limiter(1);
  const auto now = RateLimiter::Clock::now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(limiter.take("a", now).allowed);
    limiter.give_back("a");
  }
}

TEST(RateLimiter, WithoutALimitEverythingIsAllowed) {
  RateLimiter limiter(0);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.take("a").allowed);
  EXPECT_EQ(limiter.size(), 0U);
}

TEST(RateLimiter, AFloodOfClientsDoesNotGrowIt) {
  RateLimiter limiter(10);
  for (int i = 0; i < 120'000; ++i) limiter.take(std::to_string(i));
  EXPECT_LE(limiter.size(), 50'000U);
}

TEST(RateClient, IsAnAddressOrTheNetworkOfAnIpv6Customer) {
  EXPECT_EQ(rate_client("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(rate_client("2001:db8:1:2:3:4:5:6"), rate_client("2001:db8:1:2::9"));
  EXPECT_NE(rate_client("2001:db8:1:2::9"), rate_client("2001:db8:1:3::9"));
}

}  // namespace
}  // namespace nozama
