// Addresses that are told when long work has ended, and what is still to be told. A delivery is stored in the transaction that ends the job: what has ended is
// told at least once, whatever dies meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/jobs.h"

namespace nozama {

class Catalog;

namespace sql {
class Connection;
}

using WebhookId = Id<struct WebhookTag>;
using DeliveryId = Id<struct DeliveryTag>;

struct WebhookLimits {
  static constexpr size_t kWebhooksMax = 20;
  static constexpr size_t kUrlBytesMax = 2048;
  static constexpr int kAttemptsMax = 8;
};

struct Webhook {
  WebhookId id = {};
  std::string url = {};
  std::string secret = {};  // signs what is sent; stored as it is, since both sides need it
  int64_t created_ms = 0;
};

// Stored as numbers: append only.
enum class DeliveryState { kWaiting, kDelivered, kGivenUp };
std::string_view delivery_state_name(DeliveryState state);

struct Delivery {
  DeliveryId id = {};
  WebhookId webhook = {};
  std::string type = {};          // "job.done", "job.failed", "job.cancelled", "ping"
  std::optional<JobId> job = {};  // none of a ping
  int64_t created_ms = 0;
  DeliveryState state = DeliveryState::kWaiting;
  int attempts = 0;                     // begun
  std::optional<int64_t> next_ms = {};  // of one that waits: not before then
  std::string outcome = {};             // of the last attempt: "200", or why it failed
};

struct DueDelivery {
  Delivery delivery;  // attempts counts the one that begins now
  Webhook webhook;
};

// Thread-safe; errors as the catalogue's.
class WebhookStore {
 public:
  explicit WebhookStore(Catalog& catalog) : catalog_(catalog) {}

  Result<std::vector<Webhook>> webhooks();  // oldest first
  // Makes the secret. kInvalidArgument "bad_webhook" for an address that is none, or one too many.
  Result<Webhook> create(const std::string& url);
  Status remove(WebhookId id);          // with its deliveries; kNotFound "unknown_webhook"
  Result<Delivery> ping(WebhookId id);  // tells it something now, to try it out; kNotFound "unknown_webhook"
  // Newest first, those with an id below `before`; kNotFound "unknown_webhook".
  Result<std::vector<Delivery>> deliveries(WebhookId id, int64_t before, int limit);

  // Takes one that is due, if there is: it is nobody else's until `lease_ms` have passed, and then due again.
  Result<std::optional<DueDelivery>> take_due(int64_t lease_ms);
  // What came of the attempt; without a time for the next one it is given up. Changes nothing when another attempt has begun since.
  Status finish(const Delivery& delivery, bool delivered, const std::string& outcome, std::optional<int64_t> retry_after_ms);
  // Ended ones from before that time; returns how many.
  Result<int64_t> forget_before(int64_t time_ms);

 private:
  Catalog& catalog_;
};

// In the transaction that ends the job.
Status tell_webhooks(sql::Connection& db, JobId job, JobState state, int64_t now_ms);

}  // namespace nozama
