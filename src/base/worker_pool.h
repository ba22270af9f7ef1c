// A fixed number of threads and a bounded queue: the product's only way to run work in the background.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/error.h"

namespace nozama {

struct WorkerPoolOptions {
  size_t threads = 1;
  size_t queue_length_max = 64;
};

class WorkerPool {
 public:
  explicit WorkerPool(WorkerPoolOptions options);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Finishes every task already accepted.
  ~WorkerPool();

  // Queues the task, or answers kBusy at once when the queue is full. Tasks must not throw. Thread-safe.
  Status try_submit(std::function<void()> task);

  // Queues the task, waiting for room: for producers that must not run ahead of the workers.
  void submit(std::function<void()> task);

  // Blocks until every task submitted before the call has finished.
  void wait_idle();

  size_t queue_length() const;
  size_t threads() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nozama
