// The storefront's static page with places that are filled for each address: what crawlers, link previews and readers
// without JavaScript see.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nozama {

struct LanguageAlternate {
  std::string lang;  // BCP 47, or "x-default"
  std::string url;   // absolute
};

// What the app will ask the API first, answered in the page: it is drawn at once, without a second round trip.
struct EmbeddedAnswer {
  std::string target;  // as the app asks: "/api/v1/categories?lang=en"
  std::string json;
};

// Texts as they are stored; fill() escapes them. `body` is markup.
struct PageContent {
  std::string lang = "en";
  std::string title;
  std::string description;
  std::string site_name;
  std::string kind = "website";                                 // Open Graph's type
  std::string canonical;                                        // absolute; "" = none
  std::string picture;                                          // absolute; "" = none
  bool indexed = true;                                          // false: search engines are asked to leave the page out
  std::vector<std::pair<std::string, std::string>> properties;  // more of Open Graph's: {"product:price:amount", "12.50"}
  std::vector<LanguageAlternate> alternates;
  std::vector<std::string> structured_data;  // JSON-LD documents
  std::vector<EmbeddedAnswer> answers;
  std::string body;  // shown without JavaScript
};

// Immutable, hence thread-safe.
class PageShell {
 public:
  // `html` has <html lang="…">, and the places <!--page:head-->…<!--/page:head--> and <!--page:body-->. What it lacks stays unfilled.
  explicit PageShell(std::string_view html);

  std::string fill(const PageContent& content) const;

 private:
  std::string before_lang_, before_head_, before_body_, after_body_;
  bool has_lang_ = false, has_head_ = false, has_body_ = false;
};

}  // namespace nozama
