// The writing half of an import: batches of products, in order, each in one transaction.
#pragma once

#include <functional>
#include <latch>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"
#include "engine/batch_queue.h"
#include "engine/import.h"
#include "engine/import_deletions.h"
#include "engine/picture_ingest.h"
#include "feeds/draft.h"

namespace nozama {

class Workspace;

// Products on their way: drafts and their pictures, which workers fill in.
struct ImportBatch {
  // Few enough pictures to wait for, and enough rows that a transaction's cost is shared.
  bool is_full() const { return pictures_count >= 64 || drafts.size() + bad_rows.size() + features.size() >= 512 || events.size() >= 4096; }

  std::vector<ProductDraft> drafts;
  std::vector<std::vector<std::unique_ptr<PictureJob>>> pictures;  // by draft
  size_t pictures_count = 0;
  std::vector<EventDraft> events;
  std::vector<FeatureDraft> features;
  std::vector<RowError> bad_rows;           // met on the way
  std::unique_ptr<std::latch> pending;      // pictures that are not filled in yet
  int64_t bytes_done = 0, bytes_total = 0;  // of the feed, after the batch
};

// Commits on a thread of its own.
class ImportCommitter {
 public:
  // What is passed by reference is borrowed; `progress` is called on the committing thread.
  ImportCommitter(Workspace& workspace, const ImportOptions& options, const JobRecord& job, const PictureIngest& ingest, std::string encoder_id,
                  const std::function<void(const ImportProgress&)>& progress, std::stop_token stop);

  // As BatchQueue::push().
  bool push(std::unique_ptr<ImportBatch> batch) { return queue_.push(std::move(batch)); }

  // Waits for every batch; then the report, or why committing failed.
  Result<ImportReport> finish();

  // The products that the feed had; after finish().
  const ProductSet& seen() const { return seen_; }

 private:
  Status commit(ImportBatch& batch);
  Status save_signals(const ImportBatch& batch);
  void count(const SignalCounts& counts);
  ProductBatch rows_of(ImportBatch& batch);
  void add_pictures(std::vector<std::unique_ptr<PictureJob>>& pictures, ProductRecord& record, ProductBatch& rows);
  void add_error(int64_t line, const Error& error);
  void count_outcomes(const ImportBatch& batch, const std::vector<ProductRecord>& records, const std::vector<UpsertOutcome>& outcomes);

  Workspace& workspace_;
  const ImportOptions& options_;
  const PictureIngest& ingest_;
  const std::function<void(const ImportProgress&)>& progress_;
  std::stop_token stop_;
  std::string encoder_id_;

  // Of the committing thread until it has ended.
  JobProgress job_;
  ImportReport report_;
  std::vector<SourceVersion> versions_;  // of the batch's fetched pictures
  ProductSet seen_;

  BatchQueue<ImportBatch> queue_;  // last: its thread uses the others
};

}  // namespace nozama
