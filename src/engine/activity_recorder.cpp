#include "engine/activity_recorder.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"

namespace nozama {
namespace {

// Long enough that a busy shop's entries share a transaction, short enough to look immediate.
constexpr std::chrono::milliseconds kGather{300};
// After the database could not be reached.
constexpr std::chrono::milliseconds kPause{2'000};

bool may_pass(const Error& error) { return error.code == ErrorCode::kBusy || error.code == ErrorCode::kUnavailable; }

}  // namespace

ActivityRecorder::ActivityRecorder(Catalog& catalog) : catalog_(catalog), thread_([this] { run(); }) {}

ActivityRecorder::~ActivityRecorder() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ActivityRecorder::record(QueryRecord query) {
  {
    const std::lock_guard lock(mutex_);
    if (room() == 0) {
      ++figures_.dropped;
      return;
    }
    waiting_.queries.push_back(std::move(query));
  }
  changed_.notify_all();
}

bool ActivityRecorder::record(std::vector<ShopperEvent> events) {
  {
    const std::lock_guard lock(mutex_);
    if (room() < events.size()) {
      figures_.dropped += static_cast<int64_t>(events.size());
      return false;
    }
    std::ranges::move(events, std::back_inserter(waiting_.events));
  }
  changed_.notify_all();
  return true;
}

Status ActivityRecorder::write(const Batch& batch) {
  QueryLog log(catalog_);
  const auto enabled = log.enabled();
  if (!enabled) return propagate(enabled);
  if (!*enabled) return {};
  if (auto saved = log.save(batch.queries); !saved) return saved;
  return log.save_events(batch.events);
}

void ActivityRecorder::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || waiting_.size() > 0; });
    if (!stopping_) changed_.wait_for(lock, kGather, [this] { return stopping_ || waiting_.size() >= kWaitingMax / 2; });
    if (waiting_.size() == 0) return;
    const Batch batch = std::exchange(waiting_, {});
    writing_ = batch.size();
    lock.unlock();
    Status written = write(batch);
    lock.lock();
    while (!written && may_pass(written.error()) && !stopping_) {
      changed_.wait_for(lock, kPause, [this] { return stopping_; });
      lock.unlock();
      written = write(batch);
      lock.lock();
    }
    (written ? figures_.written : figures_.dropped) += static_cast<int64_t>(std::exchange(writing_, 0));
    if (!written) log_warning("searches and events were not written down", {{"entries", std::to_string(batch.size())}, {"error", written.error().message}});
  }
}

ActivityFigures ActivityRecorder::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

QueryRecord query_record(const SearchQuery& query, const SearchAnswer& answer, QueryKind kind) {
  QueryRecord record;
  record.id = random_hex(12);
  record.time_ms = unix_time_ms();
  record.kind = kind;
  if (const auto* product = std::get_if<ProductSubject>(&query.subject)) record.text = product->external_id;
  record.category = query.category.value_or("");
  if (answer.category) record.seen_category = answer.category->slug;
  record.filter = query.filter.value_or("");
  record.results = answer.total;
  if (!answer.results.empty()) record.best_score = answer.results.front().score;
  const StageTimings& timings = answer.timings;
  record.timings = {timings.decode_ms, timings.encode_ms, timings.search_ms, timings.rank_ms, timings.total_ms};
  record.vector = answer.vector;
  for (const SearchHit& hit : answer.results) {
    if (record.first_products.size() < QueryRecord::kFirstProductsMax) record.first_products.push_back(hit.product.external_id);
  }
  return record;
}

QueryRecord query_record(const ListQuery& query, const ListAnswer& answer, double total_ms) {
  QueryRecord record;
  record.id = random_hex(12);
  record.time_ms = unix_time_ms();
  record.kind = QueryKind::kText;
  record.text = query.page.text;
  record.category = query.page.category;
  record.filter = query.filter.value_or("");
  record.results = answer.page.total;
  record.timings.search_ms = record.timings.total_ms = total_ms;
  for (const ProductCard& product : answer.page.products) {
    if (record.first_products.size() < QueryRecord::kFirstProductsMax) record.first_products.push_back(product.external_id);
  }
  return record;
}

}  // namespace nozama
