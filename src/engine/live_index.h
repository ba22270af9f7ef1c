// The index in memory, kept equal to the catalogue by following its change log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "engine/serving_model.h"
#include "index/vector_index.h"

namespace nozama {

class Workspace;

// A model and the index of its space: always used together.
struct Live {
  std::shared_ptr<const ServingModel> model;
  std::shared_ptr<VectorIndex> index;
};

class LiveIndex {
 public:
  // From the snapshot when it fits the catalogue, else from the database; then caught up.
  static Result<std::unique_ptr<LiveIndex>> open(Workspace& workspace);
  ~LiveIndex();  // stops following and saves the snapshot

  Live current() const;
  int64_t applied_seq() const { return applied_seq_; }

  // Applies every change committed before the call. Thread-safe.
  Status catch_up();

 private:
  explicit LiveIndex(Workspace& workspace) : workspace_(workspace) {}
  Status rebuild();
  bool load_snapshot(const ServingModel& model);
  Result<bool> apply_next_changes();  // false = none were left
  Status apply_products(const std::vector<ProductId>& products);
  Status apply_serving();
  void follow();
  void save();

  Workspace& workspace_;
  mutable std::mutex live_mutex_;
  Live live_;
  std::atomic<int64_t> applied_seq_{0};
  int64_t saved_seq_ = -1;

  std::mutex apply_mutex_;  // one thread applies changes at a time
  std::mutex stop_mutex_;
  std::condition_variable stop_signal_;
  bool stopping_ = false;
  std::thread follower_;
};

}  // namespace nozama
