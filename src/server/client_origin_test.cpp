#include "server/client_origin.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TrustedProxies proxies() { return *TrustedProxies::make({"10.0.0.0/8", "fd00::/8"}); }

Request with(std::vector<NameValue> headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

std::string address(std::string_view peer, std::vector<NameValue> headers) { return proxies().origin_of(peer, with(std::move(headers))).address; }

TEST(ClientOrigin, HeadersOfStrangersAreNotBelieved) {
  const Request forged = with({{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "https"}, {"forwarded", "for=203.0.113.9;proto=https"}});
  EXPECT_EQ(proxies().origin_of("192.0.2.7", forged).address, "192.0.2.7");
  EXPECT_FALSE(proxies().origin_of("192.0.2.7", forged).over_https);
  EXPECT_EQ(TrustedProxies::make({})->origin_of("10.0.0.1", forged).address, "10.0.0.1");
}

TEST(ClientOrigin, ATrustedProxyNamesItsClient) {
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(address("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(address("fd00::1", {{"x-forwarded-for", "2001:db8::7"}}), "2001:db8::7");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "203.0.113.9:4711"}}), "203.0.113.9");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "[2001:db8::7]:4711"}}), "2001:db8::7");
}

TEST(ClientOrigin, AnIpv4ClientOfASocketOfBothKindsIsItself) {
  EXPECT_EQ(address("::ffff:10.0.0.1", {{"x-forwarded-for", "::ffff:203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(address("::ffff:192.0.2.7", {{"x-forwarded-for", "203.0.113.9"}}), "192.0.2.7");
}

TEST(ClientOrigin, WhatTheClientItselfPutInFrontIsNotBelieved) {
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "8.8.8.8, 203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "8.8.8.8, 203.0.113.9, 10.0.0.2"}}), "203.0.113.9") << "two proxies of ours";
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "8.8.8.8"}, {"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9") << "two headers are one list";
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "203.0.113.9, nonsense, 10.0.0.2"}}), "10.0.0.2") << "what cannot be read ends the way";
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3") << "a client inside of our networks";
}

TEST(ClientOrigin, ForwardedIsReadWhereTheOlderHeaderIsMissing) {
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", "for=203.0.113.9;proto=https;by=10.0.0.1"}}), "203.0.113.9");
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", "For=\"[2001:db8::7]:4711\""}}), "2001:db8::7");
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", "for=8.8.8.8, for=203.0.113.9, for=10.0.0.2"}}), "203.0.113.9");
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", "for=unknown"}}), "10.0.0.1");
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", "for=8.8.8.8"}, {"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
}

TEST(ClientOrigin, HttpsEndsAtTheProxy) {
  EXPECT_TRUE(proxies().origin_of("10.0.0.1", with({{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "https"}})).over_https);
  EXPECT_FALSE(proxies().origin_of("10.0.0.1", with({{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "http"}})).over_https);
  EXPECT_FALSE(proxies().origin_of("10.0.0.1", with({{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "https, http"}})).over_https) << "forged";
  EXPECT_TRUE(proxies().origin_of("10.0.0.1", with({{"forwarded", "for=203.0.113.9;proto=https"}})).over_https);
}

TEST(ClientOrigin, HeadersWithoutAnEndAreBounded) {
  std::string list = "203.0.113.9";
  for (int i = 0; i < 3000; ++i) list += ",10.0.0.2";
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", list}}), "10.0.0.2");
  EXPECT_EQ(address("10.0.0.1", {{"x-forwarded-for", ",,,,"}}), "10.0.0.1");
  EXPECT_EQ(address("10.0.0.1", {{"forwarded", ";;=;for=;\"\",[, for=[::"}}), "10.0.0.1");
}

TEST(ClientOrigin, ANetworkThatCannotBeReadIsAnError) { EXPECT_EQ(TrustedProxies::make({"10.0.0.0/99"}).error().reason, "bad_network"); }

}  // namespace
}  // namespace nozama
