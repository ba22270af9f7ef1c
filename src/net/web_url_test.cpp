#include "net/web_url.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(WebUrl, ItsPartsAreRead) {
  const auto url = parse_web_url("HTTPS://Shop.Example/a b/../pictures/ü.jpg?size=2#top");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "Shop.Example");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->text, "https://Shop.Example/pictures/%c3%bc.jpg?size=2");
  EXPECT_EQ(parse_web_url("http://[2001:db8::1]:8080/")->host, "2001:db8::1");
}

// However an address is written, the guard sees the one that is connected to.
TEST(WebUrl, NumbersThatStandForAnAddressBecomeIt) {
  for (const char* text : {"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/"}) {
    ASSERT_TRUE(parse_web_url(text)) << text;
    EXPECT_EQ(parse_web_url(text)->host, "127.0.0.1") << text;
  }
}

TEST(WebUrl, WhatIsNotAPlainWebAddressIsRefused) {
  for (const char* text :
       {"", "shop.example/a.jpg", "file:///etc/passwd", "ftp://shop.example/", "gopher://shop.example/", "http://", "http://user:password@shop.example/",
        "http://shop.example:0/", "http://shop.example:70000/", "http://shop.example/\r\nX: y", "javascript:alert(1)", "http://shop example/"}) {
    const auto url = parse_web_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().reason, "bad_url") << text;
  }
  EXPECT_EQ(parse_web_url("http://shop.example/" + std::string(3000, 'a')).error().reason, "bad_url");
}

TEST(WebUrl, ALinkIsReadAsThePageMeansIt) {
  const auto page = parse_web_url("https://shop.example/a/b?c");
  EXPECT_EQ(resolve_web_url(*page, "d.jpg")->text, "https://shop.example/a/d.jpg");
  EXPECT_EQ(resolve_web_url(*page, "//other.example/d")->text, "https://other.example/d");
  EXPECT_EQ(resolve_web_url(*page, "http://10.0.0.1/d")->host, "10.0.0.1");
  EXPECT_EQ(resolve_web_url(*page, "file:///etc/passwd").error().reason, "bad_url");
}

}  // namespace
}  // namespace nozama
