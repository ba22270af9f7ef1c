#include "server/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::HasSubstr;

std::span<const unsigned char> bytes(std::string_view text) { return {reinterpret_cast<const unsigned char*>(text.data()), text.size()}; }

const EmbeddedFile kFiles[] = {
    {"200.html", "text/html; charset=utf-8", "shell", bytes("<shell>"), {}, {}},
    {"_app/immutable/start.1a2b.js", "text/javascript", "script", bytes("raw script"), bytes("gz"), bytes("br")},
    {"csp.json", "application/json", "csp", bytes(R"({"script-src": ["'sha256-AAAA'"]})"), {}, {}},
    {"favicon.svg", "image/svg+xml", "icon", bytes("<svg/>"), {}, {}},
    {"index.html", "text/html; charset=utf-8", "home", bytes("<home>"), {}, {}},
    {"routes.json", "application/json", "routes", bytes(R"(["", "search", "product/{id}", "category/{slug}"])"), {}, {}},
};

Request get(const std::string& target, std::vector<NameValue> headers = {}) {
  Request request;
  request.method = "GET";
  request.path = target;
  request.segments = parse_target(target)->segments;
  request.headers = std::move(headers);
  return request;
}

// features: F4
TEST(StaticFiles, HashedAssetsAreCachedForeverAndPagesAreAskedForAgain) {
  const StaticFiles files(kFiles);
  EXPECT_EQ(files.serve(get("/_app/immutable/start.1a2b.js"))->header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(files.serve(get("/"))->header("Cache-Control"), "no-cache");
  EXPECT_EQ(files.serve(get("/"))->body_text(), "<home>");
  EXPECT_EQ(files.serve(get("/favicon.svg"))->header("Cache-Control"), "no-cache");
}

// features: F5
TEST(StaticFiles, TheWidgetMayBeLoadedByPagesOfAnyOriginAndItsPinnedCopyKept) {
  const EmbeddedFile widget[] = {{"widget/nozama-1a2b.js", "text/javascript", "pinned", bytes("code"), {}, {}},
                                 {"widget/nozama.js", "text/javascript", "latest", bytes("code"), {}, {}}};
  const StaticFiles files(widget);
  for (const char* path : {"/widget/nozama-1a2b.js", "/widget/nozama.js"}) {
    EXPECT_EQ(files.serve(get(path))->header("Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(files.serve(get(path))->header("Cross-Origin-Resource-Policy"), "cross-origin");
  }
  EXPECT_EQ(files.serve(get("/widget/nozama-1a2b.js"))->header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(files.serve(get("/widget/nozama.js"))->header("Cache-Control"), "no-cache");
}

TEST(StaticFiles, TheBestAcceptedCompressionIsSent) {
  const StaticFiles files(kFiles);
  const auto body = [&](const char* accepted) {
    return std::string(files.serve(get("/_app/immutable/start.1a2b.js", {{"accept-encoding", accepted}}))->body_text());
  };
  EXPECT_EQ(body("gzip, deflate, br"), "br");
  EXPECT_EQ(body("gzip, br;q=0"), "gz");
  EXPECT_EQ(body("identity"), "raw script");
  EXPECT_EQ(files.serve(get("/_app/immutable/start.1a2b.js", {{"accept-encoding", "br"}}))->header("Content-Encoding"), "br");
  EXPECT_EQ(files.serve(get("/favicon.svg", {{"accept-encoding", "br"}}))->header("Content-Encoding"), "");
}

TEST(StaticFiles, AKnownTagIsNotSentAgain) {
  const StaticFiles files(kFiles);
  const auto first = files.serve(get("/_app/immutable/start.1a2b.js", {{"accept-encoding", "br"}}));
  EXPECT_EQ(first->header("ETag"), "\"script-br\"");
  for (const char* tag : {"\"script-br\"", "W/\"script\"", "\"other\", \"script-gz\"", "*"}) {
    const auto again = files.serve(get("/_app/immutable/start.1a2b.js", {{"if-none-match", tag}}));
    EXPECT_EQ(again->status, 304) << tag;
    EXPECT_EQ(again->body_text(), "") << tag;
  }
  EXPECT_EQ(files.serve(get("/", {{"if-none-match", "\"homes\""}}))->status, 200);
}

TEST(StaticFiles, TheAppsOwnPathsGetTheShell) {
  const StaticFiles files(kFiles);
  for (const char* path : {"/search", "/product/ab%2Fc", "/category/sofas"}) {
    const auto page = files.serve(get(path));
    ASSERT_TRUE(page) << path;
    EXPECT_EQ(page->status, 200) << path;
    EXPECT_EQ(page->body_text(), "<shell>") << path;
  }
}

TEST(StaticFiles, UnknownPagesAre404WithTheShellForBrowsersOnly) {
  const StaticFiles files(kFiles);
  const auto page = files.serve(get("/nowhere", {{"accept", "text/html,*/*"}}));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 404);
  EXPECT_EQ(page->body_text(), "<shell>");
  EXPECT_FALSE(files.serve(get("/nowhere")));
  EXPECT_FALSE(files.serve(get("/api/v1/nothing", {{"accept", "text/html"}})));
  EXPECT_FALSE(files.serve(get("/csp.json")));
  EXPECT_FALSE(files.serve(get("/routes.json")));
  EXPECT_FALSE(files.serve(get("/product")));
  EXPECT_FALSE(files.serve(get("/product/a/b")));
  EXPECT_FALSE(files.serve(get("/..%2f..%2fetc/passwd")));
}

TEST(StaticFiles, PagesCarryThePolicyWithTheBuildsHashes) {
  const StaticFiles files(kFiles);
  const auto page = files.serve(get("/"));
  EXPECT_THAT(std::string(page->header("Content-Security-Policy")), HasSubstr("script-src 'self' 'sha256-AAAA';"));
  EXPECT_EQ(files.serve(get("/favicon.svg"))->header("Content-Security-Policy"), "");
}

TEST(StaticFiles, AProgramWithoutStorefrontServesNone) {
  const StaticFiles files({});
  EXPECT_FALSE(files.serve(get("/")));
  EXPECT_TRUE(files.empty());
}

}  // namespace
}  // namespace nozama
