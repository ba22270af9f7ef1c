#include "net/retry.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>

#include "base/number.h"

namespace nozama {
namespace {

bool is_worth_another_attempt(const Result<HttpResponse>& answer) {
  if (!answer) return is_connection_failure(answer.error());
  return answer->status == 429 || answer->status == 500 || answer->status == 502 || answer->status == 503 || answer->status == 504;
}

// Before attempt `attempt` + 1; nullopt = the server asks for more patience than we have.
std::optional<int> wait_ms(const Result<HttpResponse>& answer, const RetryOptions& options, int attempt) {
  const int doubled = options.backoff_ms << std::min(attempt - 1, 10);
  thread_local std::minstd_rand random(std::random_device{}());
  const int backoff = doubled / 2 + static_cast<int>(random() % static_cast<unsigned>(doubled / 2 + 1));
  if (!answer) return backoff;
  const auto seconds = parse_number<int>(answer->header("retry-after"));  // in its other form, a date, it is as if absent
  if (seconds && *seconds > options.retry_after_s_max) return std::nullopt;
  return seconds && *seconds > 0 ? *seconds * 1000 : backoff;
}

// False when it was stopped.
bool sleep_for(int milliseconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, std::chrono::milliseconds(milliseconds), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

bool is_connection_failure(const Error& error) {
  return error.reason == "host_unreachable" || error.reason == "request_timeout" || error.reason == "connection_lost";
}

Result<HttpResponse> send_with_retries(HttpClient& client, const RetryOptions& options, const std::function<Result<HttpRequest>()>& make,
                                       const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    const auto request = make();
    if (!request) return propagate(request);
    auto answer = client.send(*request, stop);
    if (!is_worth_another_attempt(answer) || attempt >= options.attempts_max) return answer;
    const auto wait = wait_ms(answer, options, attempt);
    if (!wait) return answer;
    if (!sleep_for(*wait, stop)) return fail(ErrorCode::kCancelled, "cancelled", "stopped on request");
  }
}

}  // namespace nozama
