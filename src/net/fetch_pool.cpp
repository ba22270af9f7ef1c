#include "net/fetch_pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "net/web_url.h"

namespace nozama {
namespace {

struct Task {
  std::string url;
  FileVersion known;
  FetchPool::Done done;
};

struct Host {
  std::deque<Task> waiting;
  size_t under_way = 0;
};

}  // namespace

struct FetchPool::State {
  GuardedFetcher& fetcher;
  FetchPoolOptions options;
  std::stop_token stop;

  mutable std::mutex mutex = {};
  std::condition_variable changed = {};
  std::map<std::string, Host> hosts = {};  // only those with something waiting or under way
  std::deque<std::string> turns = {};      // hosts with something waiting and room for it, whose turn is next first
  size_t unfinished = 0;
  bool closing = false;
  std::vector<std::thread> threads = {};

  // The next task and its host; nullopt = the pool closes. Hosts take turns, so that none waits behind another's thousand.
  std::optional<std::pair<std::string, Task>> take() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !turns.empty() || (closing && unfinished == 0); });
    if (turns.empty()) return std::nullopt;
    std::string name = std::move(turns.front());
    turns.pop_front();
    Host& host = hosts[name];
    Task task = std::move(host.waiting.front());
    host.waiting.pop_front();
    ++host.under_way;
    if (!host.waiting.empty() && host.under_way < options.per_host_max) turns.push_back(name);
    return std::pair(std::move(name), std::move(task));
  }

  void finish(const std::string& name) {
    const std::lock_guard lock(mutex);
    Host& host = hosts[name];
    const bool was_full = host.under_way-- == options.per_host_max;
    if (was_full && !host.waiting.empty()) turns.push_back(name);
    if (host.under_way == 0 && host.waiting.empty()) hosts.erase(name);
    --unfinished;
    changed.notify_all();
  }

  void work() {
    while (auto next = take()) {
      const auto& [name, task] = *next;
      if (stop.stop_requested()) {
        task.done(fail(ErrorCode::kCancelled, "cancelled", "stopped on request"));
      } else {
        task.done(fetcher.fetch(task.url, task.known, stop));
      }
      finish(name);
    }
  }
};

FetchPool::FetchPool(GuardedFetcher& fetcher, FetchPoolOptions options, std::stop_token stop)
    : state_(new State{.fetcher = fetcher, .options = options, .stop = std::move(stop)}) {
  for (size_t i = 0; i < options.threads; ++i) state_->threads.emplace_back([state = state_.get()] { state->work(); });
}

FetchPool::~FetchPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
  }
  state_->changed.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

void FetchPool::submit(std::string url, FileVersion known, Done done) {
  const auto parsed = parse_web_url(url);
  const std::string name = parsed ? parsed->host : "";
  const std::lock_guard lock(state_->mutex);
  Host& host = state_->hosts[name];
  host.waiting.push_back({std::move(url), std::move(known), std::move(done)});
  ++state_->unfinished;
  if (host.waiting.size() == 1 && host.under_way < state_->options.per_host_max) state_->turns.push_back(name);
  state_->changed.notify_one();
}

size_t FetchPool::unfinished() const {
  const std::lock_guard lock(state_->mutex);
  return state_->unfinished;
}

}  // namespace nozama
