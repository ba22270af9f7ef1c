#include "engine/retention.h"

#include <chrono>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/account_data.h"
#include "catalog/analytics.h"
#include "catalog/query_log.h"
#include "catalog/retention.h"
#include "catalog/webhooks.h"

namespace nozama {
namespace {

constexpr auto kInterval = std::chrono::hours(1);
constexpr int64_t kDayMs = 86'400'000;
// Hours of the recall meters are figures of the index, not of people: what the statistics can show is kept, whatever the settings.
constexpr int64_t kRecallDays = Analytics::kSpanMsMax / kDayMs;
constexpr int64_t kDeliveryDays = 30;  // of webhooks, that have ended

}  // namespace

RetentionSweep::RetentionSweep(Catalog& catalog, RetentionOptions options) : catalog_(catalog), options_(options) {
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    do {
      lock.unlock();
      sweep();
      lock.lock();
    } while (!stop_signal_.wait_for(lock, kInterval, [this] { return stopping_; }));
  });
}

RetentionSweep::~RetentionSweep() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_signal_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RetentionSweep::sweep() {
  const auto forget = [](const char* name, int64_t days, auto&& before) {
    if (days == 0) return;
    const Result<int64_t> forgotten = before(unix_time_ms() - days * kDayMs);
    if (!forgotten) log_warning("retention", {{"of", name}, {"error", forgotten.error().message}});
    if (forgotten && *forgotten > 0) log_info("forgotten", {{"of", name}, {"rows", std::to_string(*forgotten)}, {"days", std::to_string(days)}});
  };
  forget("events", options_.events_days, [this](int64_t time_ms) { return forget_events_before(catalog_, time_ms); });
  forget("queries", options_.queries_days, [this](int64_t time_ms) { return QueryLog(catalog_).forget_before(time_ms); });
  forget("accounts", options_.accounts_days, [this](int64_t time_ms) { return forget_idle_accounts(catalog_, time_ms, unix_time_ms()); });
  forget("webhook deliveries", kDeliveryDays, [this](int64_t time_ms) { return WebhookStore(catalog_).forget_before(time_ms); });
  forget("recall hours", kRecallDays, [this](int64_t time_ms) { return Analytics(catalog_).forget_recall_before(time_ms); });
}

}  // namespace nozama
