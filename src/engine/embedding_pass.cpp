#include "engine/embedding_pass.h"

#include <fmt/format.h>

#include "engine/picture_look.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr int kPage = 64;
constexpr size_t kBatchesInFlight = 4;

}  // namespace

EmbeddingPass::EmbeddingPass(Workspace& workspace, const OpenedEncoder& encoder, const JobRecord& job, size_t errors_kept_max, const ReembedProgress& progress,
                             ReembedReport& report)
    : workspace_(workspace), encoder_(encoder), errors_kept_max_(errors_kept_max), progress_(progress), report_(report) {
  job_.id = job.id;
  job_.owner = job.owner;
  job_.counters = job.counters;
}

Result<int64_t> EmbeddingPass::run(const std::stop_token& stop) {
  const auto before = workspace_.catalog().embedding_count(encoder_.id);
  if (!before) return before;
  const auto stats = workspace_.catalog().stats();
  if (!stats) return propagate(stats);
  report_.pictures = stats->distinct_pictures;
  job_.counters.done = *before;
  job_.counters.total = stats->distinct_pictures;

  BatchQueue<Batch> queue(kBatchesInFlight, [this](Batch& batch) { return store(batch); });
  int64_t found = 0;
  {
    WorkerPool pool({.threads = workspace_.threads(), .queue_length_max = 4 * workspace_.threads()});
    PictureId after{0};
    for (bool more = true; more && !stop.stop_requested();) {
      auto page = workspace_.catalog().pictures_without_embedding(encoder_.id, after, kPage);
      if (!page) return propagate(page);
      more = page->size() == kPage;
      if (!page->empty()) after = page->back().id;
      auto batch = std::make_unique<Batch>();
      for (PictureDetails& picture : *page) {
        if (!unreadable_.contains(picture.content_hash)) batch->items.push_back({std::move(picture), std::nullopt, std::nullopt});
      }
      found += std::ssize(batch->items);
      more = submit(std::move(batch), queue, pool, stop) && more;
    }
  }
  const Status stored = queue.finish();
  if (!stored) return propagate(stored);
  unreadable_.insert(newly_unreadable_.begin(), newly_unreadable_.end());
  newly_unreadable_.clear();
  return found;
}

Status EmbeddingPass::extend_lease(int64_t lease_ms) {
  JobProgress longer = job_;
  longer.lease_ms = lease_ms;
  return workspace_.catalog().report_job(longer);
}

// False = storing has failed; the queue knows why.
bool EmbeddingPass::submit(std::unique_ptr<Batch> batch, BatchQueue<Batch>& queue, WorkerPool& pool, const std::stop_token& stop) {
  if (batch->items.empty()) return true;
  batch->pending = std::make_unique<std::latch>(std::ssize(batch->items));
  Batch& filled = *batch;
  if (!queue.push(std::move(batch))) return false;
  std::latch* pending = filled.pending.get();
  for (Item& item : filled.items) {
    pool.submit([this, &item, pending, &stop] {
      if (!stop.stop_requested()) {
        auto embedded = embed(item.picture.content_hash);
        if (embedded) {
          item.embedding = std::move(*embedded);
        } else {
          item.error = embedded.error();
        }
      }
      pending->count_down();
    });
  }
  return true;
}

Result<EmbeddingRecord> EmbeddingPass::embed(const std::string& content_hash) const {
  const auto bytes = workspace_.pictures().get(content_hash);
  if (!bytes) return propagate(bytes);
  return read_picture(*encoder_.encoder, *bytes, content_hash);
}

Status EmbeddingPass::store(Batch& batch) {
  std::vector<EmbeddingRecord> embeddings;
  for (Item& item : batch.items) {
    if (item.error) add_fault(item);
    if (item.embedding) embeddings.push_back(std::move(*item.embedding));
  }
  const Status saved = workspace_.catalog().save_embeddings(encoder_.id, embeddings);
  if (!saved) return propagate(saved, "storing embeddings");
  report_.embedded += std::ssize(embeddings);
  job_.counters.done += std::ssize(batch.items);
  job_.counters.pictures_embedded += std::ssize(embeddings);
  job_.counters.failed = report_.failed;
  const Status reported = workspace_.catalog().report_job(job_);
  if (!reported) return reported;
  job_.errors.clear();
  if (progress_) progress_("embedding", job_.counters.done, job_.counters.total);
  return {};
}

void EmbeddingPass::add_fault(const Item& item) {
  newly_unreadable_.push_back(item.picture.content_hash);
  ++report_.failed;
  const std::string message = fmt::format("{}: {}", item.picture.source_ref, item.error->message);
  job_.errors.push_back({0, item.error->reason, message});
  if (report_.faults.size() < errors_kept_max_) report_.faults.push_back({item.picture.content_hash, item.picture.source_ref, item.error->reason, message});
}

}  // namespace nozama
