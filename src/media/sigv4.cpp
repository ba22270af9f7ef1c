#include "media/sigv4.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"

namespace nozama {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "2013-05-24T00:00:00.000Z" → "20130524T000000Z"
std::string amazon_date(int64_t unix_time_ms) {
  std::string date;
  for (const char c : format_utc(unix_time_ms)) {
    if (c == '.') break;
    if (c != '-' && c != ':') date += c;
  }
  return date + 'Z';
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slashes) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved || (keep_slashes && c == '/')) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string query_text(const S3Request& request) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : request.query) parts.push_back(uri_encode(name, false) + '=' + uri_encode(value, false));
  std::ranges::sort(parts);
  return fmt::format("{}{}", parts.empty() ? "" : "?", fmt::join(parts, "&"));
}

std::vector<HttpHeader> sign_s3_request(const S3Request& request, const S3Credentials& credentials, const std::string& region, int64_t unix_time_ms) {
  const std::string date = amazon_date(unix_time_ms);
  std::vector<HttpHeader> headers = request.headers;
  headers.push_back({"x-amz-content-sha256", request.payload_sha256});
  headers.push_back({"x-amz-date", date});
  if (!credentials.session_token.empty()) headers.push_back({"x-amz-security-token", credentials.session_token});

  std::vector<HttpHeader> sorted = headers;
  sorted.push_back({"host", request.host});
  for (HttpHeader& header : sorted) header.name = lower_case(header.name);
  std::ranges::sort(sorted, {}, &HttpHeader::name);
  std::string canonical_headers, signed_headers;
  for (const HttpHeader& header : sorted) {
    canonical_headers += fmt::format("{}:{}\n", header.name, header.value);
    signed_headers += (signed_headers.empty() ? "" : ";") + header.name;
  }
  const std::string query = query_text(request);
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, uri_encode(request.path, true), query.empty() ? "" : query.substr(1),
                                            canonical_headers, signed_headers, request.payload_sha256);

  const std::string scope = fmt::format("{}/{}/s3/aws4_request", date.substr(0, 8), region);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope, sha256_hex(as_byte_span(canonical)));
  std::string key = hmac_sha256("AWS4" + credentials.secret_key, date.substr(0, 8));
  for (const std::string& part : {region, std::string("s3"), std::string("aws4_request")}) key = hmac_sha256(key, part);
  headers.push_back({"Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={}", credentials.access_key, scope,
                                                  signed_headers, hex_of(hmac_sha256(key, to_sign)))});
  return headers;
}

}  // namespace nozama
