#include "net/web_url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "base/number.h"

namespace nozama {
namespace {

constexpr size_t kUrlBytesMax = 2048;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

std::unexpected<Error> bad_url(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "bad_url", fmt::format("'{}' cannot be fetched: {}", text.substr(0, 200), why));
}

Result<WebUrl> read_parts(CURLU* handle, std::string_view text) {
  WebUrl url;
  url.scheme = part_of(handle, CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https") return bad_url(text, "only http and https are");
  if (!part_of(handle, CURLUPART_USER).empty() || !part_of(handle, CURLUPART_PASSWORD).empty()) return bad_url("…", "it names a user or password");
  url.host = part_of(handle, CURLUPART_HOST);
  if (url.host.starts_with('[')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty()) return bad_url(text, "it names no host");
  const auto port = parse_number<uint16_t>(part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if (!port || *port == 0) return bad_url(text, "its port is none");
  url.port = *port;
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  url.text = part_of(handle, CURLUPART_URL, CURLU_URLENCODE);
  return url;
}

// Over what `handle` holds already, `text` is a link on that page.
Result<WebUrl> read_over(CURLU* handle, std::string_view text) {
  if (text.size() > kUrlBytesMax) return bad_url(text, fmt::format("it has more than {} bytes", kUrlBytesMax));
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return bad_url("…", "it has control characters");
  }
  const CURLUcode code = curl_url_set(handle, CURLUPART_URL, std::string(text).c_str(), CURLU_URLENCODE);
  if (code != CURLUE_OK) return bad_url(text, curl_url_strerror(code));
  return read_parts(handle, text);
}

}  // namespace

Result<WebUrl> parse_web_url(std::string_view text) {
  const UrlHandle handle(curl_url(), curl_url_cleanup);
  return read_over(handle.get(), text);
}

Result<WebUrl> resolve_web_url(const WebUrl& base, std::string_view reference) {
  const UrlHandle handle(curl_url(), curl_url_cleanup);
  const auto read = read_over(handle.get(), base.text);
  if (!read) return read;
  return read_over(handle.get(), reference);
}

}  // namespace nozama
