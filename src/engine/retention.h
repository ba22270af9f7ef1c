// Forgets what is older than the operator wants to keep.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace nozama {

class Catalog;

struct RetentionOptions {
  int64_t events_days = 0;    // 0 = for ever
  int64_t queries_days = 0;   // the same, of searches and what shoppers did with their results
  int64_t accounts_days = 0;  // the same, of shoppers since they were last here
};

// One thread looks at once and then every hour; several servers may.
class RetentionSweep {
 public:
  // `catalog` must outlive it.
  RetentionSweep(Catalog& catalog, RetentionOptions options);
  ~RetentionSweep();
  RetentionSweep(const RetentionSweep&) = delete;
  RetentionSweep& operator=(const RetentionSweep&) = delete;

 private:
  void sweep();

  Catalog& catalog_;
  const RetentionOptions options_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace nozama
