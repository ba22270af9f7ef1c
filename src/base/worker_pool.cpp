#include "base/worker_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace nozama {

struct WorkerPool::State {
  explicit State(WorkerPoolOptions o) : options(o) {}

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      work_ready.wait(lock, [&] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      std::function<void()> task = std::move(queue.front());
      queue.pop_front();
      ++running;
      room_ready.notify_one();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
      --running;
      if (queue.empty() && running == 0) idle.notify_all();
    }
  }

  const WorkerPoolOptions options;
  mutable std::mutex mutex;
  std::condition_variable work_ready, room_ready, idle;
  std::deque<std::function<void()>> queue;
  size_t running = 0;
  bool stopping = false;
  std::vector<std::thread> threads;
};

WorkerPool::WorkerPool(WorkerPoolOptions options) : state_(std::make_unique<State>(options)) {
  for (size_t i = 0; i < options.threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->run(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work_ready.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

Status WorkerPool::try_submit(std::function<void()> task) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->queue.size() >= state_->options.queue_length_max) {
      return fail(ErrorCode::kBusy, "busy", "too many requests are waiting; try again in a moment");
    }
    state_->queue.push_back(std::move(task));
  }
  state_->work_ready.notify_one();
  return {};
}

void WorkerPool::submit(std::function<void()> task) {
  {
    std::unique_lock lock(state_->mutex);
    state_->room_ready.wait(lock, [&] { return state_->queue.size() < state_->options.queue_length_max; });
    state_->queue.push_back(std::move(task));
  }
  state_->work_ready.notify_one();
}

void WorkerPool::wait_idle() {
  std::unique_lock lock(state_->mutex);
  state_->idle.wait(lock, [&] { return state_->queue.empty() && state_->running == 0; });
}

size_t WorkerPool::queue_length() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

size_t WorkerPool::threads() const { return state_->threads.size(); }

}  // namespace nozama
