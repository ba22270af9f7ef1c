#include "engine/recall_meter.h"

#include <sys/resource.h>
#include <unistd.h>

#include <limits>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "engine/search_session.h"

namespace nozama {
namespace {

constexpr int kLeastPriority = 19;  // nice(2)

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): searches that come in turns are chosen evenly all the same.
uint64_t mixed(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  return number ^ (number >> 31);
}

}  // namespace

// A query and all that it borrows.
struct RecallMeter::Sample {
  Live live;
  std::vector<float> vector;
  NeighbourQuery query;
  std::optional<Filter> filter;
  std::vector<ProductId> exclude;
};

RecallMeter::RecallMeter(int64_t sample_every, Keep keep) : sample_every_(sample_every), keep_(std::move(keep)) {
  if (sample_every_ <= 0) return;
  worker_ = std::make_unique<WorkerPool>(WorkerPoolOptions{1, kWaitingMax});
  worker_->submit([] { (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLeastPriority); });  // of this thread, on Linux
}

RecallMeter::~RecallMeter() {
  stopping_ = true;
  worker_.reset();
  keep_hours();
}

void RecallMeter::keep_hours() {
  constexpr size_t kNewest = 2;  // the hour, and the one that may just have ended
  if (keep_ == nullptr) return;
  std::vector<RecallFigures::Hour> hours = figures().hours;
  if (hours.size() > kNewest) hours.erase(hours.begin(), hours.end() - kNewest);
  if (!hours.empty()) keep_(hours);
}

bool RecallMeter::chosen() { return worker_ != nullptr && mixed(offered_++) % static_cast<uint64_t>(sample_every_) == 0; }

void RecallMeter::offer(const Live& live, std::span<const float> vector, const NeighbourQuery& query) {
  if (!chosen()) return;
  // Shared because a task of the pool is copyable.
  const auto sample = std::make_shared<Sample>(Sample{live, {vector.begin(), vector.end()}, query, {}, {query.exclude.begin(), query.exclude.end()}});
  if (query.filter != nullptr) sample->filter = *query.filter;
  if (!worker_->try_submit([this, sample] { measure(*sample); })) ++skipped_;
}

void RecallMeter::measure(const Sample& sample) {
  if (stopping_) return;
  NeighbourQuery query = sample.query;
  query.filter = sample.filter ? &*sample.filter : nullptr;
  query.exclude = sample.exclude;
  query.details = false;
  query.cost = nullptr;
  // As the search of the answer: everything, best first; what does not reach the least score is cut off afterwards.
  const float least_score = std::exchange(query.min_score, -std::numeric_limits<float>::infinity());
  const auto both = search_in_both_modes(sample.live, sample.vector, query);
  {
    const std::lock_guard lock(record_mutex_);
    if (both) {
      record_.add(*both, least_score, sample.filter.has_value(), unix_time_ms());
    } else {
      record_.add_failure();
    }
  }
  constexpr int64_t kKeepEveryMs = 60'000;
  if (kept_ms_ == 0) kept_ms_ = unix_time_ms();
  if (unix_time_ms() - kept_ms_ < kKeepEveryMs) return;
  kept_ms_ = unix_time_ms();
  keep_hours();
}

RecallFigures RecallMeter::figures() const {
  const std::lock_guard lock(record_mutex_);
  RecallFigures figures = record_.figures();
  figures.sample_every = sample_every_;
  figures.skipped = skipped_;
  return figures;
}

void RecallMeter::settle() {
  if (worker_ != nullptr) worker_->wait_idle();
}

}  // namespace nozama
