#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "net/guarded_fetch.h"

namespace nozama {

struct FetchPoolOptions {
  size_t threads = 16;
  size_t per_host_max = 4;  // at a time; a slow host never holds the threads of all
};

// Fetches many files at once. Whoever submits sees to it that not too many wait. Thread-safe.
class FetchPool {
 public:
  // `fetcher` is borrowed. After a stop, what is under way and what waits ends with kCancelled.
  FetchPool(GuardedFetcher& fetcher, FetchPoolOptions options, std::stop_token stop);
  FetchPool(const FetchPool&) = delete;
  FetchPool& operator=(const FetchPool&) = delete;
  // Finishes every fetch already accepted.
  ~FetchPool();

  // `done` is called once, on a thread of the pool; it may wait, and holds that thread meanwhile.
  using Done = std::function<void(Result<FetchedFile>)>;
  void submit(std::string url, FileVersion known, Done done);

  // Waiting and under way.
  size_t unfinished() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nozama
