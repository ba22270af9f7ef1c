#include "server/site_address.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(SiteAddress, WithoutOneTheRequestsHostIsBelievedOnlyWhenItIsAHost) {
  Request request;
  EXPECT_EQ(site_address("", request), "");
  request.headers = {{"host", "127.0.0.1:8080"}};
  EXPECT_EQ(site_address("", request), "http://127.0.0.1:8080");
  EXPECT_EQ(site_address("https://shop.example", request), "https://shop.example");
  request.over_https = true;
  EXPECT_EQ(site_address("", request), "https://127.0.0.1:8080");
  request.headers = {{"host", "evil\"><script>"}};
  EXPECT_EQ(site_address("", request), "");
}

}  // namespace
}  // namespace nozama
