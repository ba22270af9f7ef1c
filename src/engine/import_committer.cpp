#include "engine/import_committer.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/import_records.h"
#include "engine/workspace.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr size_t kBatchesInFlight = 4;
constexpr std::string_view kImportedFeatures = "amazon-image-features";

}  // namespace

ImportCommitter::ImportCommitter(Workspace& workspace, const ImportOptions& options, const JobRecord& job, const PictureIngest& ingest, std::string encoder_id,
                                 const std::function<void(const ImportProgress&)>& progress, std::stop_token stop)
    : workspace_(workspace),
      options_(options),
      ingest_(ingest),
      progress_(progress),
      stop_(std::move(stop)),
      encoder_id_(std::move(encoder_id)),
      job_{.id = job.id, .owner = job.owner, .counters = {}, .cursor = {}, .errors = {}},
      queue_(kBatchesInFlight, [this](ImportBatch& batch) { return commit(batch); }) {}

Result<ImportReport> ImportCommitter::finish() {
  const Status committed = queue_.finish();
  if (!committed) return propagate(committed);
  return report_;
}

Status ImportCommitter::commit(ImportBatch& batch) {
  if (stop_.stop_requested()) return {};  // some pictures may not have been read: the next import takes the batch up
  const Status signalled = save_signals(batch);
  if (!signalled) return signalled;
  ProductBatch rows = rows_of(batch);
  // Originals before the rows that name them.
  const Status flushed = rows.embeddings.empty() ? Status{} : workspace_.pictures().flush();
  if (!flushed) return propagate(flushed, "storing pictures");
  const auto outcomes = workspace_.catalog().upsert(rows);
  if (!outcomes) return propagate(outcomes, "storing products");
  // After the pictures: what a server need not send again must be here.
  const Status noted = versions_.empty() ? Status{} : workspace_.catalog().save_source_versions(std::exchange(versions_, {}));
  if (!noted) return propagate(noted, "storing the versions of pictures");
  job_.errors.clear();
  count_outcomes(batch, rows.products, *outcomes);
  if (progress_) progress_({report_.products + report_.events + report_.features, ingest_.embedded(), batch.bytes_done, batch.bytes_total});
  return {};
}

void ImportCommitter::count(const SignalCounts& counts) {
  report_.created += counts.created;
  report_.updated += counts.updated;
  report_.unchanged += counts.unchanged;
  report_.skipped += counts.skipped;
}

// Before the batch's rows: an import that ends between the two does these again, which changes nothing.
Status ImportCommitter::save_signals(const ImportBatch& batch) {
  std::vector<EventRecord> events;
  for (const EventDraft& draft : batch.events) {
    auto event = record_of(draft);
    if (event) {
      events.push_back(std::move(*event));
    } else {
      ++report_.failed;
      add_error(draft.line,
                {event.error().code, event.error().reason, fmt::format("{}:{}: {}", options_.source.filename().string(), draft.line, event.error().message)});
    }
  }
  report_.events += std::ssize(events);
  report_.features += std::ssize(batch.features);
  if (!events.empty()) {
    const auto saved = workspace_.catalog().save_events(events);
    if (!saved) return propagate(saved, "storing events");
    count(*saved);
  }
  if (batch.features.empty()) return {};
  std::vector<FeatureRecord> features;
  for (const FeatureDraft& draft : batch.features) features.push_back(record_of(draft));
  const auto saved = workspace_.catalog().save_features(std::string(kImportedFeatures), features);
  if (!saved) return propagate(saved, "storing image features");
  count(*saved);
  return {};
}

ProductBatch ImportCommitter::rows_of(ImportBatch& batch) {
  ProductBatch rows;
  rows.encoder_id = encoder_id_;
  rows.serving_encoder_only = true;
  for (const RowError& bad : batch.bad_rows) {
    ++report_.failed;
    add_error(bad.line, bad.error);
  }
  for (size_t i = 0; i < batch.drafts.size(); ++i) {
    ProductRecord record = record_of(batch.drafts[i]);
    add_pictures(batch.pictures[i], record, rows);
    rows.products.push_back(std::move(record));
  }
  job_.counters.created = report_.created;
  job_.counters.updated = report_.updated;
  job_.counters.unchanged = report_.unchanged;
  job_.counters.failed = report_.failed;
  job_.counters.done = batch.bytes_done;
  job_.counters.total = batch.bytes_total;
  job_.counters.pictures_read = report_.pictures;
  job_.counters.pictures_embedded = ingest_.embedded();
  rows.progress = job_;
  return rows;
}

void ImportCommitter::add_pictures(std::vector<std::unique_ptr<PictureJob>>& pictures, ProductRecord& record, ProductBatch& rows) {
  for (const auto& picture : pictures) {
    ++report_.pictures;
    if (picture->error) {
      ++report_.pictures_failed;
      const std::string where = picture->line > 0 ? fmt::format("{}:{}", options_.source.filename().string(), picture->line) : std::string("picture");
      add_error(picture->line,
                {picture->error->code, picture->error->reason, fmt::format("{}: product '{}': {}", where, picture->product_id, picture->error->message)});
    }
    collect_picture(*picture, record, rows, versions_);
  }
}

void ImportCommitter::add_error(int64_t line, const Error& error) {
  job_.errors.push_back({line, error.reason, error.message});
  if (report_.errors.size() < options_.errors_kept_max) report_.errors.push_back({line, error.reason, error.message});
}

void ImportCommitter::count_outcomes(const ImportBatch& batch, const std::vector<ProductRecord>& records, const std::vector<UpsertOutcome>& outcomes) {
  for (size_t i = 0; i < outcomes.size(); ++i) {
    switch (outcomes[i].kind) {
      case UpsertKind::kCreated: ++report_.created; break;
      case UpsertKind::kUpdated: ++report_.updated; break;
      case UpsertKind::kUnchanged: ++report_.unchanged; break;
      case UpsertKind::kRejected: {
        ++report_.failed;
        const std::string message = fmt::format("{}:{}: {}", options_.source.filename().string(), batch.drafts[i].line, outcomes[i].error.message);
        if (report_.errors.size() < options_.errors_kept_max) report_.errors.push_back({batch.drafts[i].line, outcomes[i].error.reason, message});
        continue;
      }
    }
    ++report_.products;
    report_.relations += std::ssize(records[i].relations);
    seen_.add(outcomes[i].id);
    report_.variants += static_cast<int64_t>(std::max<size_t>(1, records[i].variants.size()));
  }
}

}  // namespace nozama
