// Work in batches, in order: workers fill them in, one thread takes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace nozama {

// `Batch` has `std::unique_ptr<std::latch> pending`, which counts what is not filled in yet. The taker runs on a thread of
// its own, so that those who fill never wait for it: for a database, mostly.
template <class Batch>
class BatchQueue {
 public:
  BatchQueue(size_t in_flight_max, std::function<Status(Batch&)> take) : in_flight_max_(in_flight_max), take_(std::move(take)), thread_([this] { run(); }) {}
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;
  ~BatchQueue() { (void)finish(); }

  // Blocks while enough batches are on their way. False after the taker has failed: the batch is not accepted.
  bool push(std::unique_ptr<Batch> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return in_flight_.size() < in_flight_max_ || !failure_; });
    if (!failure_) return false;
    in_flight_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  // Waits until every batch is filled in and taken; the taker's first failure.
  Status finish() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    return failure_;
  }

 private:
  // A batch stays in the queue while it is taken, so that the number in flight stays bounded. After a failure the
  // batches are still waited for: those who fill them hold pointers into them.
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ended_ || !in_flight_.empty(); });
      if (in_flight_.empty()) return;
      Batch& batch = *in_flight_.front();
      const bool failed = !failure_;
      lock.unlock();
      batch.pending->wait();
      const Status taken = failed ? Status{} : take_(batch);
      lock.lock();
      if (!taken) failure_ = taken;
      in_flight_.pop_front();
      changed_.notify_all();
    }
  }

  size_t in_flight_max_;
  std::function<Status(Batch&)> take_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> in_flight_;
  bool ended_ = false;
  Status failure_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace nozama
