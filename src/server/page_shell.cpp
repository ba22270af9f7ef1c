#include "server/page_shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "server/markup.h"

namespace nozama {
namespace {

constexpr std::string_view kLangStart = "<html lang=\"";
constexpr std::string_view kHeadStart = "<!--page:head-->", kHeadEnd = "<!--/page:head-->";
constexpr std::string_view kBodyPlace = "<!--page:body-->";
constexpr size_t kDescriptionBytesMax = 300;

// The storefront removes what has data-page when it goes on to another page, which this would not describe.
std::string head_markup(const PageContent& content) {
  std::string head;
  const auto property = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) head += fmt::format("<meta property=\"{}\" content=\"{}\" data-page>\n", name, html_escaped(value));
  };
  const std::string description = shortened(plain_text(content.description), kDescriptionBytesMax);
  head += fmt::format("<title>{}</title>\n", html_escaped(content.title));
  if (!description.empty()) head += fmt::format("<meta name=\"description\" content=\"{}\">\n", html_escaped(description));
  if (!content.indexed) head += "<meta name=\"robots\" content=\"noindex\" data-page>\n";
  if (!content.canonical.empty()) head += fmt::format("<link rel=\"canonical\" href=\"{}\" data-page>\n", html_escaped(content.canonical));
  for (const LanguageAlternate& alternate : content.alternates) {
    head += fmt::format("<link rel=\"alternate\" hreflang=\"{}\" href=\"{}\" data-page>\n", html_escaped(alternate.lang), html_escaped(alternate.url));
  }
  property("og:type", content.kind);
  property("og:site_name", content.site_name);
  property("og:title", content.title);
  property("og:description", description);
  property("og:url", content.canonical);
  property("og:image", content.picture);
  property("og:image:alt", content.picture.empty() ? "" : content.title);
  for (const auto& [name, value] : content.properties) property(name, value);
  head += fmt::format("<meta name=\"twitter:card\" content=\"{}\" data-page>\n", content.picture.empty() ? "summary" : "summary_large_image");
  for (const std::string& data : content.structured_data) {
    head += fmt::format("<script type=\"application/ld+json\" data-page>{}</script>\n", json_for_script(data));
  }
  for (const EmbeddedAnswer& answer : content.answers) {
    head +=
        fmt::format("<script type=\"application/json\" data-answer=\"{}\" data-page>{}</script>\n", html_escaped(answer.target), json_for_script(answer.json));
  }
  return head;
}

// Cuts `rest` at `place` and returns what is before it; all of it stays when there is no such place.
std::pair<std::string, bool> cut(std::string_view& rest, std::string_view place) {
  const size_t at = rest.find(place);
  if (at == std::string_view::npos) return {"", false};
  std::string before(rest.substr(0, at));
  rest.remove_prefix(at + place.size());
  return {std::move(before), true};
}

}  // namespace

PageShell::PageShell(std::string_view html) {
  std::string_view rest = html;
  std::tie(before_lang_, has_lang_) = cut(rest, kLangStart);
  if (has_lang_) rest.remove_prefix(std::min(rest.find('"'), rest.size()));
  std::tie(before_head_, has_head_) = cut(rest, kHeadStart);
  if (has_head_) {
    const size_t end = rest.find(kHeadEnd);
    if (end != std::string_view::npos) rest.remove_prefix(end + kHeadEnd.size());
  }
  std::tie(before_body_, has_body_) = cut(rest, kBodyPlace);
  after_body_ = rest;
}

std::string PageShell::fill(const PageContent& content) const {
  std::string html = before_lang_;
  if (has_lang_) html += std::string(kLangStart) + html_escaped(content.lang);
  html += before_head_;
  if (has_head_) html += head_markup(content);
  html += before_body_;
  if (has_body_) html += content.body;
  return html + after_body_;
}

}  // namespace nozama
