#include "server/page_shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nozama {
namespace {

using testing::HasSubstr, testing::Not;

constexpr std::string_view kShell =
    "<!doctype html>\n<html lang=\"en\"><head><!--page:head--><title>Nozama</title><!--/page:head--></head>"
    "<body><noscript><!--page:body--></noscript><div></div></body></html>";

PageContent chair() {
  PageContent content;
  content.lang = "de";
  content.title = "Stuhl – Laden";
  content.description = "Ein Stuhl.";
  content.site_name = "Laden";
  content.canonical = "https://shop.example/product/a%2Fb";
  content.picture = "https://shop.example/media/1/1280.webp";
  content.structured_data = {R"({"@type":"Product"})"};
  content.body = "<h1>Stuhl</h1>";
  return content;
}

TEST(PageShell, ThePageSaysWhatItIsAbout) {
  const std::string html = PageShell(kShell).fill(chair());
  EXPECT_THAT(html, HasSubstr("<html lang=\"de\"><head><title>Stuhl – Laden</title>"));
  EXPECT_THAT(html, Not(HasSubstr("Nozama")));
  EXPECT_THAT(html, HasSubstr("<meta name=\"description\" content=\"Ein Stuhl.\">"));
  EXPECT_THAT(html, HasSubstr("<link rel=\"canonical\" href=\"https://shop.example/product/a%2Fb\" data-page>"));
  EXPECT_THAT(html, HasSubstr("<meta property=\"og:image\" content=\"https://shop.example/media/1/1280.webp\" data-page>"));
  EXPECT_THAT(html, HasSubstr("<script type=\"application/ld+json\" data-page>{\"@type\":\"Product\"}</script>"));
  EXPECT_THAT(html, HasSubstr("<noscript><h1>Stuhl</h1></noscript><div></div></body></html>"));
  EXPECT_THAT(html, Not(HasSubstr("noindex")));
}

TEST(PageShell, HostileTextsStayTexts) {
  PageContent content = chair();
  content.title = "</title><script>alert(1)</script>\" onload=\"x";
  content.description = "\"><img src=x onerror=alert(1)>";
  content.lang = "\"><script>";
  content.structured_data = {R"({"name":"</script><script>alert(1)</script>"})"};
  const std::string html = PageShell(kShell).fill(content);
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("\" onload=")));
}

TEST(PageShell, AShellWithoutPlacesStaysAsItIs) {
  EXPECT_EQ(PageShell("<p>old</p>").fill(chair()), "<p>old</p>");
  EXPECT_EQ(PageShell("").fill(chair()), "");
}

}  // namespace
}  // namespace nozama
