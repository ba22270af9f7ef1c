// Requests to other servers; the one place that knows libcurl.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nozama {

struct HttpHeader {
  std::string name, value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};  // http or https
  std::vector<HttpHeader> headers = {};
  std::span<const std::byte> body = {};  // borrowed during send()
  size_t response_bytes_max = size_t{16} << 20;
  long connect_timeout_ms = 5'000;
  long timeout_ms = 30'000;                 // from the start to the last byte
  long stall_timeout_s = 10;                // without a byte, to or fro
  std::vector<std::string> addresses = {};  // connect only to these, whatever the name resolves to, and through no proxy; empty = any
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  // names in lower case
  std::vector<std::byte> body;      // as sent: nothing is unpacked

  std::string_view header(std::string_view lower_case_name) const;  // the last of that name; "" = none
};

// Redirects are answers like others; who follows them checks where they lead. Certificates are verified. Thread-safe; a connection
// is kept for the next request to the same host.
class HttpClient {
 public:
  HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Waits for the whole answer, whatever its status. Errors: kInvalidArgument "bad_url"; kUnavailable "host_unknown",
  // "host_unreachable", "tls_failed", "connection_lost"; kTimeout "request_timeout"; kTooLarge "response_too_large";
  // kCorrupt "bad_response"; kCancelled "cancelled". Messages name the host, never the query, which may hold a secret.
  Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop = {});

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace nozama
