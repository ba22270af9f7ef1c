// Many pictures at once: those that are fetched hold no encoder, and a slow server no other one.
#pragma once

#include <latch>
#include <stop_token>
#include <vector>

#include "base/worker_pool.h"
#include "engine/picture_ingest.h"
#include "net/fetch_pool.h"

namespace nozama {

class PictureWorkers {
 public:
  // What is passed by reference is borrowed.
  PictureWorkers(Workspace& workspace, PictureIngest& ingest, const std::stop_token& stop);

  // Fills in the jobs, which have been looked up and are not known; `pending` is counted down by each. Waits for room. After a stop, jobs
  // stay as they are.
  void start(std::vector<PictureJob*> jobs, std::latch& pending);
  void wait_idle() { pool_.wait_idle(); }

 private:
  void start_fetch(PictureJob& job, std::latch& pending);

  PictureIngest& ingest_;
  std::stop_token stop_;
  // Those that fetch end before those that encode.
  WorkerPool pool_;
  FetchPool fetches_;
};

}  // namespace nozama
