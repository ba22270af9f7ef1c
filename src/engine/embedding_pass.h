// Every stored picture that has no embedding of an encoder yet → its embedding, on all cores.
#pragma once

#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "base/worker_pool.h"
#include "catalog/catalog.h"
#include "engine/batch_queue.h"
#include "engine/reembed.h"
#include "engine/workspace.h"

namespace nozama {

// Pages of pictures go through read, decode and encode on the workers, and into the catalogue on a thread of their own.
class EmbeddingPass {
 public:
  // What is passed by reference is borrowed. Adds to `report` and reports to the job.
  EmbeddingPass(Workspace& workspace, const OpenedEncoder& encoder, const JobRecord& job, size_t errors_kept_max, const ReembedProgress& progress,
                ReembedReport& report);

  // Returns how many pictures were found waiting; those that could not be read in this or an earlier pass are not counted
  // again. Every embedding that was computed is stored, also after a stop.
  Result<int64_t> run(const std::stop_token& stop);

  // Keeps the job for longer than embedding does: for work that does not report.
  Status extend_lease(int64_t lease_ms);

 private:
  struct Item {
    PictureDetails picture;
    std::optional<EmbeddingRecord> embedding;  // neither this nor an error: a stop came first
    std::optional<Error> error;
  };
  struct Batch {
    std::vector<Item> items;
    std::unique_ptr<std::latch> pending;
  };

  Result<EmbeddingRecord> embed(const std::string& content_hash) const;
  bool submit(std::unique_ptr<Batch> batch, BatchQueue<Batch>& queue, WorkerPool& pool, const std::stop_token& stop);
  Status store(Batch& batch);
  void add_fault(const Item& item);

  Workspace& workspace_;
  const OpenedEncoder& encoder_;
  size_t errors_kept_max_;
  const ReembedProgress& progress_;
  ReembedReport& report_;
  JobProgress job_;
  std::unordered_set<std::string> unreadable_;  // of earlier passes
  std::vector<std::string> newly_unreadable_;   // of this pass; the storing thread's until it has ended
};

}  // namespace nozama
