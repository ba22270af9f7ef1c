#include "server/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::ElementsAre, testing::IsEmpty;

Route route(std::string method, std::string pattern) {
  return {.method = std::move(method), .pattern = std::move(pattern), .handler = [](const Request&) { return Response(); }};
}

Router shop_router() {
  Router router;
  router.add(route("GET", "/api/v1/products"));
  router.add(route("GET", "/api/v1/products/{id}"));
  router.add(route("GET", "/api/v1/products/{id}/similar"));
  router.add(route("GET", "/api/v1/products/new"));
  router.add(route("POST", "/api/v1/search"));
  return router;
}

TEST(Router, CapturesAreTheDecodedSegments) {
  const Router router = shop_router();
  const RouteMatch match = router.find("GET", {"api", "v1", "products", "a/b", "similar"});
  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(match.route->pattern, "/api/v1/products/{id}/similar");
  EXPECT_THAT(match.captures, ElementsAre("a/b"));
}

TEST(Router, ALiteralIsPreferredToACapture) {
  const Router router = shop_router();
  EXPECT_EQ(router.find("GET", {"api", "v1", "products", "new"}).route->pattern, "/api/v1/products/new");
  EXPECT_EQ(router.find("GET", {"api", "v1", "products", "old"}).route->pattern, "/api/v1/products/{id}");
}

TEST(Router, AnotherMethodIsToldWhatIsAllowed) {
  const Router router = shop_router();
  const RouteMatch match = router.find("GET", {"api", "v1", "search"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allow, "OPTIONS, POST");
  EXPECT_EQ(router.find("PUT", {"api", "v1", "products"}).allow, "GET, HEAD, OPTIONS");
}

TEST(Router, AnUnknownPathAllowsNothing) {
  const Router router = shop_router();
  const RouteMatch match = router.find("GET", {"api", "v1", "orders"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_THAT(match.allow, IsEmpty());
}

TEST(Router, HeadFindsTheGetRoute) {
  const Router router = shop_router();
  EXPECT_NE(router.find("HEAD", {"api", "v1", "products"}).route, nullptr);
  EXPECT_EQ(router.find("HEAD", {"api", "v1", "search"}).route, nullptr);
}

TEST(Router, AnEmptySegmentIsNoId) {
  const Router router = shop_router();
  EXPECT_EQ(router.find("GET", {"api", "v1", "products", ""}).route, nullptr);
}

}  // namespace
}  // namespace nozama
