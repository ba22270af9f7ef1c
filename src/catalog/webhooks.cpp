#include "catalog/webhooks.h"

#include <fmt/format.h>

#include <utility>

#include "base/base64.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/validation.h"

namespace nozama {
namespace {

constexpr std::string_view kStateNames[] = {"waiting", "delivered", "given_up"};
constexpr std::string_view kWebhookColumns = "webhook.id, webhook.url, webhook.secret, webhook.created_ms";
constexpr std::string_view kDeliveryColumns =
    "webhook_delivery.id, webhook_delivery.webhook_id, webhook_delivery.type, webhook_delivery.job_id, webhook_delivery.created_ms, webhook_delivery.state, "
    "webhook_delivery.attempts, webhook_delivery.next_ms, webhook_delivery.outcome";
constexpr int kDeliveryColumnCount = 9;

Webhook read_webhook(const sql::Rows& rows, int first = 0) {
  return {.id = WebhookId{rows.integer(first)}, .url = rows.text(first + 1), .secret = rows.text(first + 2), .created_ms = rows.integer(first + 3)};
}

Delivery read_delivery(const sql::Rows& rows) {
  const auto job = rows.optional_integer(3);
  return {.id = DeliveryId{rows.integer(0)},
          .webhook = WebhookId{rows.integer(1)},
          .type = rows.text(2),
          .job = job ? std::optional(JobId{*job}) : std::nullopt,
          .created_ms = rows.integer(4),
          .state = static_cast<DeliveryState>(rows.integer(5)),
          .attempts = static_cast<int>(rows.integer(6)),
          .next_ms = rows.optional_integer(7),
          .outcome = rows.text(8)};
}

std::unexpected<Error> unknown(WebhookId id) { return fail(ErrorCode::kNotFound, "unknown_webhook", fmt::format("there is no webhook {}", id.value)); }

Status check_exists(sql::Connection& db, WebhookId id) {
  const auto found = sql::query_integer(db, "SELECT id FROM webhook WHERE id = ?", id);
  if (!found) return propagate(found);
  if (!*found) return unknown(id);
  return {};
}

Result<DeliveryId> insert_delivery(sql::Connection& db, WebhookId webhook, std::string_view type, std::optional<JobId> job, int64_t now_ms) {
  const auto id = sql::query_integer(
      db,
      "INSERT INTO webhook_delivery (webhook_id, type, job_id, created_ms, state, attempts, next_ms, outcome) VALUES (?, ?, ?, ?, 0, 0, ?, '') RETURNING id",
      webhook, type, job, now_ms, now_ms);
  if (!id) return propagate(id);
  return DeliveryId{id->value_or(0)};
}

// The key of Standard Webhooks: 32 random bytes.
std::string new_secret() {
  const std::string hex = random_hex(32);
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return "whsec_" + encode_base64(bytes);
}

}  // namespace

std::string_view delivery_state_name(DeliveryState state) { return kStateNames[static_cast<size_t>(state)]; }

Result<std::vector<Webhook>> WebhookStore::webhooks() {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<std::vector<Webhook>> {
    std::vector<Webhook> webhooks;
    sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM webhook ORDER BY id", kWebhookColumns));
    while (rows.next()) webhooks.push_back(read_webhook(rows));
    if (!rows.ok()) return rows.failure();
    return webhooks;
  });
}

Result<Webhook> WebhookStore::create(const std::string& url) {
  const auto bad = [](std::string message) { return fail(ErrorCode::kInvalidArgument, "bad_webhook", std::move(message)); };
  if (url.empty() || url.size() > WebhookLimits::kUrlBytesMax || !is_clean_line(url))
    return bad(fmt::format("'url' must be an address of at most {} bytes, as in https://shop.example/hooks", WebhookLimits::kUrlBytesMax));
  return catalog_.pool().write([&](sql::Connection& db) -> Result<Webhook> {
    const auto count = sql::query_integer(db, "SELECT COUNT(*) FROM webhook");
    if (!count) return propagate(count);
    if (std::cmp_greater_equal(count->value_or(0), WebhookLimits::kWebhooksMax))
      return bad(fmt::format("there are {} webhooks already; remove one", WebhookLimits::kWebhooksMax));
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    Webhook made{.url = url, .secret = new_secret(), .created_ms = *now};
    const auto id =
        sql::query_integer(db, "INSERT INTO webhook (url, secret, created_ms) VALUES (?, ?, ?) RETURNING id", made.url, made.secret, made.created_ms);
    if (!id) return propagate(id);
    made.id = WebhookId{id->value_or(0)};
    return made;
  });
}

Status WebhookStore::remove(WebhookId id) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    if (auto found = check_exists(db, id); !found) return found;
    if (auto gone = sql::execute(db, "DELETE FROM webhook_delivery WHERE webhook_id = ?", id); !gone) return gone;
    return sql::execute(db, "DELETE FROM webhook WHERE id = ?", id);
  });
}

Result<Delivery> WebhookStore::ping(WebhookId id) {
  return catalog_.pool().write([&](sql::Connection& db) -> Result<Delivery> {
    if (auto found = check_exists(db, id); !found) return propagate(found);
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const auto made = insert_delivery(db, id, "ping", std::nullopt, *now);
    if (!made) return propagate(made);
    return Delivery{.id = *made, .webhook = id, .type = "ping", .created_ms = *now, .next_ms = *now};
  });
}

Result<std::vector<Delivery>> WebhookStore::deliveries(WebhookId id, int64_t before, int limit) {
  return catalog_.pool().read([&](sql::Connection& db) -> Result<std::vector<Delivery>> {
    if (auto found = check_exists(db, id); !found) return propagate(found);
    std::vector<Delivery> deliveries;
    sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM webhook_delivery WHERE webhook_id = ? AND id < ? ORDER BY id DESC LIMIT ?", kDeliveryColumns),
                                id, before, limit);
    while (rows.next()) deliveries.push_back(read_delivery(rows));
    if (!rows.ok()) return rows.failure();
    return deliveries;
  });
}

Result<std::optional<DueDelivery>> WebhookStore::take_due(int64_t lease_ms) {
  // Read first: most of the time nothing is due, and writers are not kept waiting for that.
  auto due = catalog_.pool().read([&](sql::Connection& db) -> Result<std::optional<DueDelivery>> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    std::optional<DueDelivery> found;
    sql::Rows rows = sql::query(db,
                                fmt::format("SELECT {}, {} FROM webhook_delivery JOIN webhook ON webhook.id = webhook_delivery.webhook_id "
                                            "WHERE webhook_delivery.next_ms <= ? ORDER BY webhook_delivery.next_ms, webhook_delivery.id LIMIT 1",
                                            kDeliveryColumns, kWebhookColumns),
                                *now);
    if (rows.next()) found = DueDelivery{read_delivery(rows), read_webhook(rows, kDeliveryColumnCount)};
    if (!rows.ok()) return rows.failure();
    return found;
  });
  if (!due || !*due) return due;
  Delivery& delivery = (*due)->delivery;
  return catalog_.pool().write([&](sql::Connection& db) -> Result<std::optional<DueDelivery>> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    // Another server may have taken it since.
    const auto taken = sql::query_integer(
        db, "UPDATE webhook_delivery SET attempts = attempts + 1, next_ms = ? WHERE id = ? AND attempts = ? AND state = 0 RETURNING attempts", *now + lease_ms,
        delivery.id, delivery.attempts);
    if (!taken) return propagate(taken);
    if (!*taken) return std::nullopt;
    delivery.attempts = static_cast<int>(**taken);
    delivery.next_ms = *now + lease_ms;
    return *due;
  });
}

Status WebhookStore::finish(const Delivery& delivery, bool delivered, const std::string& outcome, std::optional<int64_t> retry_after_ms) {
  return catalog_.pool().write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const DeliveryState state = delivered ? DeliveryState::kDelivered : retry_after_ms ? DeliveryState::kWaiting : DeliveryState::kGivenUp;
    const auto next = state == DeliveryState::kWaiting ? std::optional(*now + *retry_after_ms) : std::nullopt;
    return sql::execute(db, "UPDATE webhook_delivery SET state = ?, next_ms = ?, outcome = ? WHERE id = ? AND attempts = ? AND state = 0",
                        static_cast<int>(state), next, outcome, delivery.id, delivery.attempts);
  });
}

Result<int64_t> WebhookStore::forget_before(int64_t time_ms) {
  return catalog_.pool().write([&](sql::Connection& db) -> Result<int64_t> {
    const auto count = sql::query_integer(db, "SELECT COUNT(*) FROM webhook_delivery WHERE next_ms IS NULL AND created_ms < ?", time_ms);
    if (!count) return propagate(count);
    if (auto gone = sql::execute(db, "DELETE FROM webhook_delivery WHERE next_ms IS NULL AND created_ms < ?", time_ms); !gone) return propagate(gone);
    return count->value_or(0);
  });
}

Status tell_webhooks(sql::Connection& db, JobId job, JobState state, int64_t now_ms) {
  if (state != JobState::kDone && state != JobState::kFailed && state != JobState::kCancelled) return {};
  return sql::execute(db,
                      "INSERT INTO webhook_delivery (webhook_id, type, job_id, created_ms, state, attempts, next_ms, outcome) "
                      "SELECT id, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), 0, 0, CAST(? AS BIGINT), '' FROM webhook",
                      fmt::format("job.{}", job_state_name(state)), job, now_ms, now_ms);
}

}  // namespace nozama
