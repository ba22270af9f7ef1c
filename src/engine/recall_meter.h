// Measures on the shop's own searches what the default mode of the index misses.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/worker_pool.h"
#include "engine/live_index.h"
#include "engine/recall_record.h"

namespace nozama {

// Some searches are asked again in both modes over one state of the index, on a thread of the lowest priority and after their
// answer. The copy that this takes is dropped with the comparison; no more than kWaitingMax wait, and a search beyond them is not measured. Thread-safe.
class RecallMeter {
 public:
  static constexpr size_t kWaitingMax = 16;

  using Keep = std::function<void(const std::vector<RecallFigures::Hour>&)>;

  // One search in `sample_every`, at random; 0 = none. `keep` is given the newest hours every minute in which there is something new,
  // and at the end; on the meter's thread.
  explicit RecallMeter(int64_t sample_every, Keep keep = nullptr);
  ~RecallMeter();  // what waits is not measured any more
  RecallMeter(const RecallMeter&) = delete;
  RecallMeter& operator=(const RecallMeter&) = delete;

  // What has just been searched for: `query` finds the whole answer. Copies it if it is chosen; never waits.
  void offer(const Live& live, std::span<const float> vector, const NeighbourQuery& query);

  RecallFigures figures() const;

  // Until all that was chosen is measured.
  void settle();

 private:
  struct Sample;
  bool chosen();
  void measure(const Sample& sample);
  void keep_hours();

  const int64_t sample_every_;
  const Keep keep_;
  int64_t kept_ms_ = 0;  // of the meter's thread
  std::atomic<uint64_t> offered_{0};
  std::atomic<int64_t> skipped_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex record_mutex_;  // never taken by a search
  RecallRecord record_;
  std::unique_ptr<WorkerPool> worker_;  // last: it uses the others; null when off
};

}  // namespace nozama
