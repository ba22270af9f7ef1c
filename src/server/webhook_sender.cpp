#include "server/webhook_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/base64.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/webhooks.h"
#include "net/address_guard.h"
#include "net/http_client.h"
#include "server/webhook_views.h"

namespace nozama {
namespace {

constexpr auto kLook = std::chrono::seconds(1);  // for what is due, also from other servers
constexpr auto kLookAfterFailure = std::chrono::seconds(10);
constexpr long kTimeoutMs = 15'000;
constexpr int64_t kLeaseMs = 4 * kTimeoutMs;
constexpr size_t kAnswerBytesMax = size_t{1} << 20;
// 5 s, 20 s, 80 s … 5.7 hours: eight attempts in about seven and a half hours.
constexpr int64_t kBackoffMs = 5'000, kBackoffFactor = 4;
constexpr size_t kOutcomeBytesMax = 300;
constexpr std::string_view kSecretPrefix = "whsec_";

std::optional<int64_t> backoff_ms(int attempts) {
  if (attempts >= WebhookLimits::kAttemptsMax) return std::nullopt;
  int64_t ms = kBackoffMs;
  for (int i = 1; i < attempts; ++i) ms *= kBackoffFactor;
  return ms;
}

std::string key_of(std::string secret) {
  secret.erase(0, kSecretPrefix.size());
  std::ranges::replace(secret, '+', '-');
  std::ranges::replace(secret, '/', '_');
  while (secret.ends_with('=')) secret.pop_back();
  return decode_base64url(secret).value_or("");
}

}  // namespace

std::string webhook_signature(const std::string& secret, const std::string& id, int64_t unix_seconds, const std::string& body) {
  return "v1," + encode_base64(hmac_sha256(key_of(secret), fmt::format("{}.{}.{}", id, unix_seconds, body)));
}

struct WebhookSender::State {
  Catalog& catalog;
  AddressGuard guard;
  HttpClient client = {};
  std::mutex mutex = {};
  std::condition_variable_any wake = {};
  std::jthread thread = {};

  Result<std::string> body_of(const Delivery& delivery) {
    if (!delivery.job) return webhook_body(delivery, std::nullopt);
    const auto job = catalog.job(*delivery.job);
    if (!job) return propagate(job);
    return webhook_body(delivery, *job);
  }

  // The status of the answer.
  Result<int> send(const DueDelivery& due, const std::stop_token& stop) {
    const auto url = parse_web_url(due.webhook.url);
    if (!url) return propagate(url);
    auto addresses = guard.permitted_addresses(*url);
    if (!addresses) return propagate(addresses);
    const auto body = body_of(due.delivery);
    if (!body) return propagate(body);
    const std::string id = std::to_string(due.delivery.id.value);
    const int64_t now_s = unix_time_ms() / 1000;
    HttpRequest request{.method = "POST", .url = url->text, .body = std::as_bytes(std::span(*body))};
    request.headers = {{"Content-Type", "application/json"},
                       {"User-Agent", "Nozama-Webhook/1"},
                       {"webhook-id", id},
                       {"webhook-timestamp", std::to_string(now_s)},
                       {"webhook-signature", webhook_signature(due.webhook.secret, id, now_s, *body)}};
    request.response_bytes_max = kAnswerBytesMax;
    request.timeout_ms = kTimeoutMs;
    request.addresses = std::move(*addresses);
    const auto answer = client.send(request, stop);
    if (!answer) return propagate(answer);
    return answer->status;
  }

  // False when there was nothing to send.
  Result<bool> send_one(const std::stop_token& stop) {
    WebhookStore store(catalog);
    const auto due = store.take_due(kLeaseMs);
    if (!due) return propagate(due);
    if (!*due) return false;
    const Delivery& delivery = (*due)->delivery;
    const auto status = send(**due, stop);
    const bool stopped = !status && status.error().code == ErrorCode::kCancelled;
    const bool delivered = status && *status >= 200 && *status < 300;
    const std::string outcome = (status ? std::to_string(*status) : status.error().message).substr(0, kOutcomeBytesMax);
    // What a stop of this server broke off is nobody's failure: the next one sends it at once.
    const auto retry = stopped ? std::optional<int64_t>(0) : backoff_ms(delivery.attempts);
    if (!delivered && !retry) log_warning("webhook_given_up", {{"webhook", std::to_string(delivery.webhook.value)}, {"outcome", outcome}});
    if (const Status noted = store.finish(delivery, delivered, outcome, retry); !noted) return propagate(noted);
    return true;
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto sent = send_one(stop);
      if (!sent) log_warning("webhooks", {{"error", sent.error().message}});
      if (sent && *sent) continue;
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, sent ? std::chrono::duration_cast<std::chrono::seconds>(kLook) : kLookAfterFailure, [] { return false; });
    }
  }
};

WebhookSender::WebhookSender(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->thread = std::jthread([state = state_.get()](const std::stop_token& stop) { state->run(stop); });
}

WebhookSender::~WebhookSender() = default;

Result<std::unique_ptr<WebhookSender>> WebhookSender::start(Catalog& catalog, const std::vector<std::string>& own_networks) {
  auto guard = AddressGuard::make(own_networks);
  if (!guard) return propagate(guard);
  return std::unique_ptr<WebhookSender>(new WebhookSender(std::unique_ptr<State>(new State{.catalog = catalog, .guard = std::move(*guard)})));
}

}  // namespace nozama
