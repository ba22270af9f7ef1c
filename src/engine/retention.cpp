#include "engine/retention.h"

#include <array>
#include <chrono>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/retention.h"

namespace nozama {
namespace {

constexpr auto kInterval = std::chrono::hours(1);
constexpr int64_t kDayMs = 86'400'000;

}  // namespace

RetentionSweep::RetentionSweep(Catalog& catalog, RetentionOptions options) : catalog_(catalog), options_(options) {
  if (options_.events_days == 0 && options_.queries_days == 0) return;
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
  struct Rule {
    Forgettable what;
    const char* name;
    int64_t days;
  };
  const std::array rules = {Rule{Forgettable::kEvents, "events", options_.events_days}, Rule{Forgettable::kQueries, "queries", options_.queries_days}};
  for (const Rule& rule : rules) {
    if (rule.days == 0) continue;
    const auto forgotten = forget_before(catalog_, rule.what, unix_time_ms() - rule.days * kDayMs);
    if (!forgotten) log_warning("retention", {{"of", rule.name}, {"error", forgotten.error().message}});
    if (forgotten && *forgotten > 0) log_info("forgotten", {{"of", rule.name}, {"rows", std::to_string(*forgotten)}, {"days", std::to_string(rule.days)}});
  }
}

}  // namespace nozama
