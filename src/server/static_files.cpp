#include "server/static_files.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "base/log.h"

namespace nozama {
namespace {

constexpr std::string_view kImmutablePrefix = "_app/immutable/";    // SvelteKit puts a content hash into these names
constexpr std::string_view kWidgetPrefix = "widget/";               // for pages of any origin
constexpr std::string_view kPinnedWidgetPrefix = "widget/nozama-";  // under the hash of its content
constexpr std::string_view kCspFile = "csp.json";                   // for us, not for browsers
constexpr std::string_view kRoutesFile = "routes.json";             // likewise

std::string_view as_view(std::span<const unsigned char> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// A route of the storefront, "product/{id}", against a path.
bool fits(const std::vector<std::string>& route, const std::vector<std::string>& segments) {
  return std::ranges::equal(
      route, segments, [](const std::string& wanted, const std::string& segment) { return wanted.starts_with('{') ? !segment.empty() : wanted == segment; });
}

std::string join(const std::vector<std::string>& segments) {
  std::string path;
  for (const std::string& segment : segments) path += (path.empty() ? "" : "/") + segment;
  return path;
}

// `If-None-Match: "a", W/"b-br"` against our tag; compression does not matter (RFC 9110, 13.1.2: weak comparison).
bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match == "*") return true;
  const std::string quoted = '"' + std::string(etag);
  for (size_t at = if_none_match.find(quoted); at != std::string_view::npos; at = if_none_match.find(quoted, at + 1)) {
    const std::string_view rest = if_none_match.substr(at + quoted.size());
    if (rest.starts_with('"') || rest.starts_with("-br\"") || rest.starts_with("-gz\"")) return true;
  }
  return false;
}

std::string joined_sources(const boost::json::object& manifest, std::string_view directive) {
  std::string sources;
  const boost::json::value* list = manifest.if_contains(boost::json::string_view(directive.data(), directive.size()));
  if (list == nullptr || !list->is_array()) return sources;
  for (const boost::json::value& source : list->get_array()) {
    if (const auto* text = source.if_string()) sources += " " + std::string(text->data(), text->size());
  }
  return sources;
}

// Content-Security-Policy from the hashes of the pages' inline scripts and styles: {"script-src": ["'sha256-…'"], …}. Without
// a readable manifest 'self' stays alone, under which a page rather fails than runs what nobody vouched for.
std::string build_policy(std::string_view manifest) {
  boost::system::error_code error;
  const boost::json::value root = boost::json::parse(boost::json::string_view(manifest.data(), manifest.size()), error);
  const boost::json::object* object = error ? nullptr : root.if_object();
  const boost::json::object none;
  const boost::json::object& hashes = object != nullptr ? *object : none;
  return "default-src 'self'; script-src 'self'" + joined_sources(hashes, "script-src") + "; style-src 'self'" + joined_sources(hashes, "style-src") +
         "; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";
}

// The build's list of the app's own pages: ["", "search", "product/{id}"].
std::vector<std::vector<std::string>> read_routes(std::string_view manifest) {
  std::vector<std::vector<std::string>> routes;
  boost::system::error_code error;
  const boost::json::value root = boost::json::parse(boost::json::string_view(manifest.data(), manifest.size()), error);
  const boost::json::array* list = error ? nullptr : root.if_array();
  if (list == nullptr) return routes;
  for (const boost::json::value& route : *list) {
    const auto* text = route.if_string();
    if (text == nullptr) continue;
    if (auto target = parse_target("/" + std::string(text->data(), text->size()))) routes.push_back(std::move(target->segments));
  }
  return routes;
}

}  // namespace

StaticFiles::StaticFiles(std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) files_.emplace(file.path, &file);
  const EmbeddedFile* manifest = find(kCspFile);
  content_security_policy_ = build_policy(manifest != nullptr ? as_view(manifest->raw) : std::string_view());
  if (const EmbeddedFile* routes = find(kRoutesFile)) routes_ = read_routes(as_view(routes->raw));
}

std::string_view StaticFiles::shell() const {
  const EmbeddedFile* page = shell_file();
  return page != nullptr ? as_view(page->raw) : std::string_view();
}

const EmbeddedFile* StaticFiles::shell_file() const {
  const EmbeddedFile* page = find("200.html");
  return page != nullptr ? page : find("index.html");
}

bool StaticFiles::is_app_path(const std::vector<std::string>& segments) const {
  return std::ranges::any_of(routes_, [&](const std::vector<std::string>& route) { return fits(route, segments); });
}

const EmbeddedFile* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

std::optional<Response> StaticFiles::serve(const Request& request) const {
  if (files_.empty()) return std::nullopt;
  const std::string path = join(request.segments);
  if (path.empty()) {
    if (const EmbeddedFile* home = find("index.html")) return page_response(request, *home, 200);
  }
  const EmbeddedFile* file = path == kCspFile || path == kRoutesFile ? nullptr : find(path);
  if (file != nullptr && file->content_type.starts_with("text/html")) return page_response(request, *file, 200);
  if (file != nullptr) {
    Response response = file_response(request, *file, path.starts_with(kImmutablePrefix) || path.starts_with(kPinnedWidgetPrefix));
    if (path.starts_with(kWidgetPrefix)) {
      response.set_header("Access-Control-Allow-Origin", "*");
      response.set_header("Cross-Origin-Resource-Policy", "cross-origin");
    }
    return response;
  }
  if (const EmbeddedFile* page = find(path + ".html")) return page_response(request, *page, 200);

  const EmbeddedFile* shell = shell_file();
  if (shell == nullptr) return std::nullopt;
  if (is_app_path(request.segments)) return page_response(request, *shell, 200);
  const bool is_api = !request.segments.empty() && (request.segments[0] == "api" || request.segments[0] == "media");
  const bool wants_page = request.header("accept").find("text/html") != std::string_view::npos;
  if (!is_api && wants_page) return page_response(request, *shell, 404);
  return std::nullopt;
}

Response StaticFiles::file_response(const Request& request, const EmbeddedFile& file, bool immutable) const {
  Response response;
  response.content_type = file.content_type;
  response.set_header("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.set_header("Vary", "Accept-Encoding");
  const std::string_view accepted = request.header("accept-encoding");
  std::string tag(file.etag);
  std::span<const unsigned char> body = file.raw;
  if (!file.brotli.empty() && accept_quality(accepted, "br") > 0) {
    body = file.brotli;
    tag += "-br";
    response.set_header("Content-Encoding", "br");
  } else if (!file.gzip.empty() && accept_quality(accepted, "gzip") > 0) {
    body = file.gzip;
    tag += "-gz";
    response.set_header("Content-Encoding", "gzip");
  }
  response.set_header("ETag", '"' + tag + '"');
  if (matches_etag(request.header("if-none-match"), file.etag)) {
    response.status = 304;
    std::erase_if(response.headers, [](const NameValue& header) { return header.first == "Content-Encoding"; });
    return response;
  }
  response.body = body;
  return response;
}

Response StaticFiles::page_response(const Request& request, const EmbeddedFile& page, int status) const {
  Response response = file_response(request, page, false);
  response.set_header("Content-Security-Policy", content_security_policy_);
  if (response.status == 200) response.status = status;
  return response;
}

}  // namespace nozama
