#include "net/guarded_fetch.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <mutex>

#include "net/address_guard.h"
#include "net/http_client.h"

namespace nozama {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kHostsRememberedMax = 10'000;
constexpr size_t kVersionBytesMax = 256;

bool is_redirect(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

std::string short_enough(std::string_view text) { return text.size() <= kVersionBytesMax ? std::string(text) : std::string(); }

Error error_of_status(const WebUrl& url, int status) {
  if (status == 404 || status == 410) return {ErrorCode::kNotFound, "not_there", fmt::format("{} answers {}: it has no such file", url.host, status)};
  return {ErrorCode::kUnavailable, "server_refused", fmt::format("{} answers {}", url.host, status)};
}

}  // namespace

struct GuardedFetcher::State {
  FetchOptions options;
  AddressGuard guard;
  HttpClient client;

  struct Host {
    int failures = 0;
    Clock::time_point paused_until = {};
  };
  std::mutex mutex;
  std::map<std::string, Host> failing_hosts = {};

  bool is_paused(const std::string& host) {
    const std::lock_guard lock(mutex);
    const auto found = failing_hosts.find(host);
    return found != failing_hosts.end() && Clock::now() < found->second.paused_until;
  }

  void remember(const std::string& host, bool reached) {
    const std::lock_guard lock(mutex);
    if (reached) {
      failing_hosts.erase(host);
      return;
    }
    if (failing_hosts.size() >= kHostsRememberedMax) failing_hosts.clear();
    Host& entry = failing_hosts[host];
    if (++entry.failures >= options.host_failures_max) entry.paused_until = Clock::now() + std::chrono::milliseconds(options.host_pause_ms);
  }

  Result<HttpRequest> request_for(const WebUrl& url, const FileVersion& known) const {
    auto addresses = guard.permitted_addresses(url);
    if (!addresses) return propagate(addresses);
    HttpRequest request{.url = url.text, .headers = {{"Accept", "image/*,*/*;q=0.5"}}};
    if (!known.etag.empty()) request.headers.push_back({"If-None-Match", known.etag});
    if (!known.last_modified.empty()) request.headers.push_back({"If-Modified-Since", known.last_modified});
    request.response_bytes_max = options.bytes_max;
    request.connect_timeout_ms = options.connect_timeout_ms;
    request.timeout_ms = options.timeout_ms;
    request.addresses = std::move(*addresses);
    return request;
  }

  Result<HttpResponse> ask(const WebUrl& url, const FileVersion& known, const std::stop_token& stop) {
    if (is_paused(url.host)) {
      return fail(ErrorCode::kUnavailable, "host_paused",
                  fmt::format("{} could not be reached before and is left alone for a while; try again later", url.host));
    }
    auto answer = send_with_retries(client, options.retry, [&] { return request_for(url, known); }, stop);
    if (answer || is_connection_failure(answer.error())) remember(url.host, answer.has_value());
    return answer;
  }
};

GuardedFetcher::GuardedFetcher(std::unique_ptr<State> state) : state_(std::move(state)) {}

GuardedFetcher::~GuardedFetcher() = default;

Result<std::unique_ptr<GuardedFetcher>> GuardedFetcher::make(FetchOptions options) {
  auto guard = AddressGuard::make(options.own_networks);
  if (!guard) return propagate(guard);
  return std::unique_ptr<GuardedFetcher>(new GuardedFetcher(std::unique_ptr<State>(new State{std::move(options), std::move(*guard)})));
}

Result<FetchedFile> GuardedFetcher::fetch(const std::string& text, const FileVersion& known, const std::stop_token& stop) {
  auto url = parse_web_url(text);
  for (int redirects = 0; url; ++redirects) {
    if (redirects > state_->options.redirects_max) {
      return fail(ErrorCode::kUnavailable, "too_many_redirects", fmt::format("{} redirects more than {} times", url->host, state_->options.redirects_max));
    }
    auto answer = state_->ask(*url, known, stop);
    if (!answer) return propagate(answer);
    const bool not_modified = answer->status == 304 && !(known.etag.empty() && known.last_modified.empty());
    if (answer->status == 200 || not_modified) {
      FetchedFile file{.not_modified = not_modified, .bytes = std::move(answer->body)};
      file.version = {short_enough(answer->header("etag")), short_enough(answer->header("last-modified"))};
      if (not_modified) file.version = known;
      return file;
    }
    if (!is_redirect(answer->status) || answer->header("location").empty()) return std::unexpected(error_of_status(*url, answer->status));
    url = resolve_web_url(*url, answer->header("location"));
  }
  return propagate(url);
}

}  // namespace nozama
