#pragma once

#include <functional>
#include <stop_token>

#include "net/http_client.h"

namespace nozama {

struct RetryOptions {
  int attempts_max = 4;
  int backoff_ms = 500;        // before the second attempt; doubled for each further one, half of it by chance
  int retry_after_s_max = 30;  // a server that asks for more is given up
};

// The request could not be brought to the server or its answer back; another time it may be.
bool is_connection_failure(const Error& error);

// Sends what `make` makes, anew for each attempt, until the server is there and not busy (429, 500, 502, 503, 504). Then the
// last answer, whatever it is. An error of `make` ends it. kCancelled also between attempts.
Result<HttpResponse> send_with_retries(HttpClient& client, const RetryOptions& options, const std::function<Result<HttpRequest>()>& make,
                                       const std::stop_token& stop = {});

}  // namespace nozama
