// AWS Signature Version 4, which S3 and the stores that speak like it ask for.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace nozama {

struct S3Credentials {
  std::string access_key, secret_key;
  std::string session_token = {};  // of credentials that were lent for a while; "" = none
};

struct S3Request {
  std::string method;
  std::string host;                                        // with its port where the Host header has one
  std::string path;                                        // "/bucket/key", not encoded
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
  std::vector<HttpHeader> headers;                         // to be signed, beside those that signing adds
  std::string payload_sha256;
};

// RFC 3986: all but unreserved characters as %XX; `keep_slashes` for paths.
std::string uri_encode(std::string_view text, bool keep_slashes);
// "?a=1&b", in the order that is signed; "" without any.
std::string query_text(const S3Request& request);

// The request's headers, x-amz-date, x-amz-content-sha256, x-amz-security-token where there is one, and Authorization.
std::vector<HttpHeader> sign_s3_request(const S3Request& request, const S3Credentials& credentials, const std::string& region, int64_t unix_time_ms);

}  // namespace nozama
