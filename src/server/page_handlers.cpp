#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/gzip.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/workspace.h"
#include "server/handlers.h"
#include "server/json_views.h"
#include "server/languages.h"
#include "server/markup.h"
#include "server/page_views.h"
#include "server/problem.h"
#include "server/site_address.h"
#include "server/sitemap.h"
#include "server/static_files.h"

namespace nozama {
namespace {

constexpr int kHomeProducts = 12;
constexpr int kCategoryProducts = 48;
constexpr int kDepthMax = 32;
constexpr size_t kAnswerBytesMax = size_t{32} << 10;  // a larger one is asked for when the page stands

// Of one visitor, or of nobody's interest: search engines need not read them. /search stays readable; its canonical address has no query.
constexpr std::array<std::string_view, 7> kPrivatePages = {"/account", "/admin", "/cart", "/checkout", "/favourites", "/order", "/sign-in"};

bool is_private(std::string_view path) {
  return std::ranges::any_of(kPrivatePages, [&](std::string_view start) { return path.starts_with(start); });
}

// The app's own pages without a variable part, beside the home page.
std::vector<std::string> public_pages(const StaticFiles& files) {
  std::vector<std::string> pages;
  for (const auto& route : files.routes()) {
    std::string path;
    for (const std::string& segment : route) path += "/" + segment;
    if (!path.empty() && path.find('{') == std::string::npos && !is_private(path)) pages.push_back(std::move(path));
  }
  return pages;
}

class Pages {
 public:
  Pages(Engine& engine, const StaticFiles& files, std::string public_url)
      : engine_(engine),
        policy_(files.content_security_policy()),
        public_url_(std::move(public_url)),
        shell_(files.shell()),
        sitemaps_(engine.workspace().catalog(), public_pages(files)) {}

  Response home(const Request& request) const;
  Response product(const Request& request) const;
  Response category(const Request& request) const;
  Response plain(const Request& request) const;
  Response robots(const Request& request) const;
  Response sitemap(const Request& request, const std::string& name);

 private:
  PageSite site_of(const Request& request) const;
  // What every page of the app asks for; `categories` may be null.
  void answer_first_questions(PageContent& content, const PageSite& site, const std::vector<CategoryNode>* categories) const;
  Response page(const Request& request, int status, const PageContent& content) const;
  // A page for people whatever happened: the app in it shows what it can.
  Response failed(const Request& request, const PageSite& site, const Error& error) const;

  Engine& engine_;
  std::string policy_, public_url_;
  PageShell shell_;
  Sitemaps sitemaps_;
};

void embed(PageContent& content, std::string target, std::string json) {
  if (json.size() <= kAnswerBytesMax) content.answers.push_back({std::move(target), std::move(json)});
}

// The language asked for in the address when the shop has it, else the visitor's.
PageSite Pages::site_of(const Request& request) const {
  PageSite site{.base_url = site_address(public_url_, request), .lang = "en", .lang_in_url = false, .shop = {}};
  if (auto shop = engine_.shop()) site.shop = std::move(*shop);
  const auto& languages = site.shop.languages;
  site.lang = preferred_language(languages, request.header("accept-language"));
  const auto asked = std::ranges::find(request.query, "lang", &NameValue::first);
  if (asked != request.query.end() && std::ranges::find(languages, asked->second) != languages.end()) {
    site.lang = asked->second;
    site.lang_in_url = true;
  }
  return site;
}

void Pages::answer_first_questions(PageContent& content, const PageSite& site, const std::vector<CategoryNode>* categories) const {
  embed(content, "/api/v1/shop", shop_json(site.shop));
  if (categories != nullptr) embed(content, "/api/v1/categories?lang=" + path_segment(site.lang), categories_json(*categories));
}

Response Pages::page(const Request& request, int status, const PageContent& content) const {
  Response response;
  response.content_type = "text/html; charset=utf-8";
  response.set_header("Cache-Control", "no-cache");
  response.set_header("Content-Security-Policy", policy_);
  response.set_header("Vary", "Accept-Encoding, Accept-Language");
  std::string html = shell_.fill(content);
  const bool packed = accept_quality(request.header("accept-encoding"), "gzip") > 0;
  const std::string etag = fmt::format("\"{:016x}{}\"", checksum64(std::as_bytes(std::span(html))), packed ? "-gz" : "");
  response.status = status;
  if (status == 200) {
    response.set_header("ETag", etag);
    if (request.header("if-none-match") == etag) {
      response.status = 304;
      return response;
    }
  }
  if (packed) response.set_header("Content-Encoding", "gzip");
  response.body = packed ? gzip(html) : std::move(html);
  return response;
}

Response Pages::failed(const Request& request, const PageSite& site, const Error& error) const {
  if (error.reason == "unknown_product" || error.reason == "unknown_category") return page(request, 404, missing_page(site));
  const Response problem = problem_response(error, request.id);  // writes the log's line
  PageContent content;
  content.lang = site.lang;
  content.title = site.shop.name.empty() ? "Nozama" : site.shop.name;
  content.indexed = false;
  Response response = page(request, problem.status, content);
  if (problem.status == 503) response.set_header("Retry-After", std::string(problem.header("Retry-After")));
  return response;
}

Response Pages::home(const Request& request) const {
  const PageSite site = site_of(request);
  const auto categories = engine_.categories(site.lang);
  if (!categories) return failed(request, site, categories.error());
  ListQuery first;
  first.page.limit = kHomeProducts;
  first.page.lang = site.lang;
  const auto products = engine_.products(first);
  if (!products) return failed(request, site, products.error());
  PageContent content = home_page(site, *categories, products->page.products);
  answer_first_questions(content, site, &*categories);
  if (const auto shelves = engine_.home_shelves(site.lang)) embed(content, "/api/v1/shelves?lang=" + path_segment(site.lang), shelves_json(*shelves));
  return page(request, 200, content);
}

Response Pages::plain(const Request& request) const {
  const PageSite site = site_of(request);
  PageContent content = plain_page(site, request.path);
  const auto categories = engine_.categories(site.lang);
  answer_first_questions(content, site, categories ? &*categories : nullptr);
  return page(request, 200, content);
}

Response Pages::product(const Request& request) const {
  const PageSite site = site_of(request);
  const auto product = engine_.product(request.captures[0], site.lang);
  if (!product) return failed(request, site, product.error());
  PageContent content = product_page(site, *product);
  const auto categories = engine_.categories(site.lang);
  answer_first_questions(content, site, categories ? &*categories : nullptr);
  embed(content, fmt::format("/api/v1/products/{}?lang={}", path_segment(product->card.external_id), path_segment(site.lang)), product_json(*product));
  return page(request, 200, content);
}

Response Pages::category(const Request& request) const {
  const PageSite site = site_of(request);
  const auto categories = engine_.categories(site.lang);
  if (!categories) return failed(request, site, categories.error());
  const auto find = [&](const std::string& slug) { return std::ranges::find(*categories, slug, &CategoryNode::slug); };
  const auto own = find(request.captures[0]);
  if (own == categories->end()) return failed(request, site, {ErrorCode::kNotFound, "unknown_category", "no category has this slug"});
  std::vector<CategoryNode> path{*own}, children;
  while (!path.front().parent_slug.empty() && path.size() < kDepthMax) {
    const auto parent = find(path.front().parent_slug);
    if (parent == categories->end()) break;
    path.insert(path.begin(), *parent);
  }
  std::ranges::copy_if(*categories, std::back_inserter(children),
                       [&](const CategoryNode& node) { return node.parent_slug == own->slug && node.product_count > 0; });
  ListQuery first;
  first.page.category = own->slug;
  first.page.limit = kCategoryProducts;
  first.page.lang = site.lang;
  const auto products = engine_.products(first);
  if (!products) return failed(request, site, products.error());
  PageContent content = category_page(site, path, children, products->page.products);
  answer_first_questions(content, site, &*categories);
  return page(request, 200, content);
}

Response Pages::robots(const Request& request) const {
  std::string text = "User-agent: *\n";
  for (const std::string_view path : kPrivatePages) text += fmt::format("Disallow: {}\n", path);
  const std::string base = site_address(public_url_, request);
  if (!base.empty()) text += fmt::format("Sitemap: {}/sitemap.xml\n", base);
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.set_header("Cache-Control", "public, max-age=3600");
  response.body = std::move(text);
  return response;
}

Response Pages::sitemap(const Request& request, const std::string& name) {
  const std::string base = site_address(public_url_, request);
  if (base.empty()) return problem_response({ErrorCode::kInvalidArgument, "bad_request", "a sitemap needs the request's Host header"}, request.id);
  const bool packed = accept_quality(request.header("accept-encoding"), "gzip") > 0;
  const auto seq = sitemaps_.seq();
  if (!seq) return problem_response(seq.error(), request.id);
  const auto etag_at = [&](int64_t at) { return fmt::format("\"{}{}\"", at, packed ? "-gz" : ""); };
  Response response;
  response.set_header("Cache-Control", "no-cache");
  response.set_header("Vary", "Accept-Encoding");
  response.set_header("ETag", etag_at(*seq));
  if (request.header("if-none-match") == etag_at(*seq)) {
    response.status = 304;
    return response;
  }
  const auto file = sitemaps_.file(base, name, packed);
  if (!file) return problem_response(file.error(), request.id);
  response.content_type = "application/xml";
  response.set_header("ETag", etag_at(file->seq));
  if (packed) response.set_header("Content-Encoding", "gzip");
  response.body = *file->xml;
  return response;
}

}  // namespace

void add_page_routes(Router& router, Engine& engine, const StaticFiles& files, const std::string& public_url) {
  if (files.shell().empty()) return;
  const auto pages = std::make_shared<Pages>(engine, files, public_url);  // shared by the routes' handlers
  const auto add = [&](std::string pattern, Handler handler) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler), .lane = on_catalogue_lane});
  };
  add("/", [pages](const Request& request) { return pages->home(request); });
  add("/product/{id}", [pages](const Request& request) { return pages->product(request); });
  add("/category/{slug}", [pages](const Request& request) { return pages->category(request); });
  for (const std::string& path : public_pages(files)) {
    add(path, [pages](const Request& request) { return pages->plain(request); });
  }
  add("/robots.txt", [pages](const Request& request) { return pages->robots(request); });
  add("/sitemap.xml", [pages](const Request& request) { return pages->sitemap(request, ""); });
  add("/sitemaps/{file}", [pages](const Request& request) { return pages->sitemap(request, request.captures[0]); });
}

}  // namespace nozama
