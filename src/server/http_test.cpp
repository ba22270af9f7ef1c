#include "server/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::ElementsAre, testing::Pair;

TEST(ParseTarget, SegmentsAreDecodedOneByOne) {
  const auto target = parse_target("/api/v1/products/a%2Fb%20c?lang=de&x=1+2&y=%C3%A4");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/products/a%2Fb%20c");
  EXPECT_THAT(target->segments, ElementsAre("api", "v1", "products", "a/b c"));
  EXPECT_THAT(target->query, ElementsAre(Pair("lang", "de"), Pair("x", "1 2"), Pair("y", "ä")));
}

TEST(ParseTarget, TheRootHasNoSegments) {
  EXPECT_TRUE(parse_target("/")->segments.empty());
  EXPECT_THAT(parse_target("/?a")->query, ElementsAre(Pair("a", "")));
  EXPECT_THAT(parse_target("//x")->segments, ElementsAre("", "x"));
}

TEST(ParseTarget, APlusInAPathIsAPlus) { EXPECT_THAT(parse_target("/a+b")->segments, ElementsAre("a+b")); }

TEST(ParseTarget, BrokenTargetsAreRefused) {
  for (const char* bad : {"", "http://host/", "*", "/%", "/%4", "/%zz", "/%00", "/a?b=%2", "/a?%00=1"}) {
    const auto target = parse_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_EQ(target.error().reason, "bad_request") << bad;
    EXPECT_EQ(target.error().code, ErrorCode::kInvalidArgument) << bad;
  }
}

TEST(MediaType, ParametersAndCaseDoNotMatter) {
  EXPECT_EQ(media_type("Text/HTML ; charset=utf-8"), "text/html");
  EXPECT_EQ(media_type("application/json"), "application/json");
  EXPECT_EQ(media_type(""), "");
}

TEST(AcceptQuality, TheMostSpecificEntryCounts) {
  EXPECT_DOUBLE_EQ(accept_quality("gzip;q=0.5, br", "gzip"), 0.5);
  EXPECT_DOUBLE_EQ(accept_quality("gzip;q=0.5, br", "br"), 1.0);
  EXPECT_DOUBLE_EQ(accept_quality("*;q=0.1, gzip;q=0", "gzip"), 0.0);
  EXPECT_DOUBLE_EQ(accept_quality("*;q=0.1", "br"), 0.1);
  EXPECT_DOUBLE_EQ(accept_quality("text/*;q=0.3, */*;q=0.2", "text/html"), 0.3);
  EXPECT_DOUBLE_EQ(accept_quality("", "br"), 0.0);
  EXPECT_DOUBLE_EQ(accept_quality("br;q=nonsense", "br"), 0.0);
}

TEST(Response, SetHeaderReplaces) {
  Response response;
  response.set_header("Allow", "GET");
  response.set_header("Allow", "POST");
  EXPECT_THAT(response.headers, ElementsAre(Pair("Allow", "POST")));
}

}  // namespace
}  // namespace nozama
