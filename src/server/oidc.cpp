#include "server/oidc.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <mutex>
#include <vector>

#include "base/base64.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "net/http_client.h"
#include "net/web_url.h"

namespace nozama {
namespace {

namespace json = boost::json;
using std::chrono::steady_clock;

constexpr auto kKeptFor = std::chrono::hours(1);
constexpr auto kKeysAskedEvery = std::chrono::seconds(1);
constexpr size_t kDocumentBytesMax = size_t{256} << 10;
constexpr long kConnectTimeoutMs = 2'000, kTimeoutMs = 3'000;
constexpr size_t kReturnPathMax = 500;

std::string url_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("-._~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string form(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, url_encoded(value));
  return text;
}

bool is_loopback(std::string_view host) { return host == "127.0.0.1" || host == "::1" || host == "localhost"; }

bool is_trustworthy(const Result<WebUrl>& url) { return url && (url->scheme == "https" || is_loopback(url->host)); }

std::string code_challenge(std::string_view verifier) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(verifier.data()), verifier.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return encode_base64url(digest);
}

std::unexpected<Error> unavailable(std::string_view why) {
  return fail(ErrorCode::kUnavailable, "provider_unavailable", fmt::format("the sign-in provider: {}", why));
}

std::string member(const json::value& document, std::string_view name) {
  const json::object* object = document.if_object();
  const json::value* value = object != nullptr ? object->if_contains(name) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

Result<json::value> parse_document(const HttpResponse& response) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 8;
  json::value document = json::parse(as_text(response.body), error, {}, options);
  if (error || !document.is_object()) return unavailable("its answer is no JSON object");
  return document;
}

}  // namespace

std::string OidcFlow::cookie_value() const { return fmt::format("{}.{}.{}.{}", state, nonce, verifier, encode_base64url(return_to)); }

OidcFlow OidcFlow::from_cookie_value(std::string_view value) {
  std::array<std::string, 4> parts;
  for (size_t i = 0; i < parts.size(); ++i) {
    const size_t end = i + 1 < parts.size() ? value.find('.') : value.size();
    if (end == std::string_view::npos) return {};
    parts[i] = value.substr(0, end);
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  if (parts[0].empty() || parts[1].empty() || parts[2].empty()) return {};
  return {parts[0], parts[1], parts[2], safe_return_path(decode_base64url(parts[3]).value_or("/"))};
}

std::string safe_return_path(std::string_view text) {
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
  return text.starts_with('/') && !text.starts_with("//") && text.size() <= kReturnPathMax && printable ? std::string(text) : "/";
}

struct Endpoints {
  std::string authorisation, token, keys;
};

struct OidcProvider::State {
  OidcOptions options;
  HttpClient http;
  std::mutex mutex;  // guards the rest
  Endpoints endpoints;
  std::string keys;
  steady_clock::time_point endpoints_at, keys_at;

  Result<HttpResponse> ask(HttpRequest request) {
    request.response_bytes_max = kDocumentBytesMax;
    request.connect_timeout_ms = kConnectTimeoutMs;
    request.timeout_ms = kTimeoutMs;
    auto response = http.send(request);
    if (!response) return unavailable(response.error().message);
    return response;
  }

  Result<json::value> get(const std::string& url) {
    const auto response = ask({.url = url, .headers = {{"Accept", "application/json"}}});
    if (!response) return propagate(response);
    if (response->status != 200) return unavailable(fmt::format("its document is answered with {}", response->status));
    return parse_document(*response);
  }

  Result<Endpoints> discover() {
    {
      const std::scoped_lock lock(mutex);
      if (!endpoints.token.empty() && steady_clock::now() - endpoints_at < kKeptFor) return endpoints;
    }
    const std::string site = options.issuer.ends_with('/') ? options.issuer.substr(0, options.issuer.size() - 1) : options.issuer;
    const auto document = get(site + "/.well-known/openid-configuration");
    if (!document) return propagate(document);
    if (member(*document, "issuer") != options.issuer) return unavailable("it says that it is another issuer");
    const Endpoints found = {member(*document, "authorization_endpoint"), member(*document, "token_endpoint"), member(*document, "jwks_uri")};
    for (const std::string* url : {&found.authorisation, &found.token, &found.keys}) {
      if (!is_trustworthy(parse_web_url(*url))) return unavailable("an endpoint is missing, or not https");
    }
    const std::scoped_lock lock(mutex);
    endpoints = found;
    endpoints_at = steady_clock::now();
    return found;
  }

  // At least as new as `newer_than_kept` asks, but not asked for more often than once a second.
  Result<std::string> signing_keys(const std::string& url, bool newer_than_kept) {
    {
      const std::scoped_lock lock(mutex);
      const auto age = steady_clock::now() - keys_at;
      if (!keys.empty() && age < kKeptFor && (!newer_than_kept || age < kKeysAskedEvery)) return keys;
    }
    const auto document = get(url);
    if (!document) return propagate(document);
    const std::scoped_lock lock(mutex);
    keys = json::serialize(*document);
    keys_at = steady_clock::now();
    return keys;
  }

  Result<std::string> id_token(const Endpoints& found, const OidcFlow& flow, std::string_view code) {
    const std::string body = form({{"grant_type", "authorization_code"},
                                   {"code", code},
                                   {"redirect_uri", options.redirect_uri},
                                   {"code_verifier", flow.verifier},
                                   {"client_id", options.client_id}});
    HttpRequest request{
        .method = "POST", .url = found.token, .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}}};
    if (!options.client_secret.empty()) {
      const std::string basic = url_encoded(options.client_id) + ":" + url_encoded(options.client_secret);
      request.headers.push_back({"Authorization", "Basic " + encode_base64(basic)});
    }
    request.body = std::as_bytes(std::span(body));
    const auto response = ask(request);
    if (!response) return propagate(response);
    const auto document = parse_document(*response);
    if (!document) return propagate(document);
    if (response->status != 200) {
      return fail(ErrorCode::kInvalidArgument, "sign_in_refused", fmt::format("the provider refuses the code: {}", member(*document, "error").substr(0, 100)));
    }
    std::string token = member(*document, "id_token");
    if (token.empty()) return unavailable("it answers without an ID token");
    return token;
  }
};

Result<std::unique_ptr<OidcProvider>> OidcProvider::make(OidcOptions options) {
  const auto bad_option = [](std::string_view why) { return fail(ErrorCode::kInvalidArgument, "bad_option", fmt::format("oidc-issuer {}", why)); };
  if (!is_trustworthy(parse_web_url(options.issuer))) return bad_option("must be an https address");
  if (options.client_id.empty()) return bad_option("needs oidc-client-id");
  if (options.redirect_uri.empty()) return bad_option("needs public-url: the provider sends browsers back there");
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  return std::unique_ptr<OidcProvider>(new OidcProvider(std::move(state)));
}

OidcProvider::OidcProvider(std::unique_ptr<State> state) : state_(std::move(state)) {}

OidcProvider::~OidcProvider() = default;

const std::string& OidcProvider::name() const { return state_->options.name; }

OidcFlow OidcProvider::new_flow(std::string_view return_to) { return {random_hex(32), random_hex(32), random_hex(32), safe_return_path(return_to)}; }

Result<std::string> OidcProvider::authorisation_url(const OidcFlow& flow) {
  const auto endpoints = state_->discover();
  if (!endpoints) return propagate(endpoints);
  const std::string& url = endpoints->authorisation;
  return url + (url.find('?') == std::string::npos ? "?" : "&") +
         form({{"response_type", "code"},
               {"client_id", state_->options.client_id},
               {"redirect_uri", state_->options.redirect_uri},
               {"scope", "openid email"},
               {"state", flow.state},
               {"nonce", flow.nonce},
               {"code_challenge", code_challenge(flow.verifier)},
               {"code_challenge_method", "S256"}});
}

Result<IdClaims> OidcProvider::claims_of(const OidcFlow& flow, std::string_view code) {
  const auto endpoints = state_->discover();
  if (!endpoints) return propagate(endpoints);
  const auto token = state_->id_token(*endpoints, flow, code);
  if (!token) return propagate(token);
  const IdTokenRules rules{.issuer = state_->options.issuer, .client_id = state_->options.client_id, .nonce = flow.nonce, .now_s = unix_time_ms() / 1000};
  auto keys = state_->signing_keys(endpoints->keys, false);
  if (!keys) return propagate(keys);
  auto claims = verify_id_token(*token, *keys, rules);
  if (claims || claims.error().reason != "unknown_signing_key") return claims;
  keys = state_->signing_keys(endpoints->keys, true);  // the provider has changed them
  if (!keys) return propagate(keys);
  return verify_id_token(*token, *keys, rules);
}

}  // namespace nozama
