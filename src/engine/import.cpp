#include "engine/import.h"

#include <algorithm>
#include <latch>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "engine/import_committer.h"
#include "engine/import_deletions.h"
#include "engine/import_encoder.h"
#include "engine/picture_ingest.h"
#include "engine/picture_reference.h"
#include "engine/picture_workers.h"
#include "engine/training.h"
#include "engine/workspace.h"
#include "feeds/reader.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// The reading half: feed → batches, whose pictures go to the workers.
class Import {
 public:
  Import(Workspace& workspace, const ImportOptions& options, FeedReader& feed, PictureIngest& ingest, ImportCommitter& committer, std::stop_token stop)
      : feed_(feed), ingest_(ingest), committer_(committer), stop_(std::move(stop)), workers_(workspace, ingest, stop_) {
    if (options.files) folder_ = feed_folder(options.source);
  }

  Status read_all();

 private:
  Result<bool> read_row(ImportBatch& batch);               // false = the feed has ended
  Result<bool> start(std::unique_ptr<ImportBatch> batch);  // false = the committer has given up
  void add_pictures(ImportBatch& batch, const ProductDraft& draft);

  FeedReader& feed_;
  PictureIngest& ingest_;
  ImportCommitter& committer_;
  std::stop_token stop_;
  std::optional<fs::path> folder_;
  PictureWorkers workers_;  // last: its threads end before what they use
};

void Import::add_pictures(ImportBatch& batch, const ProductDraft& draft) {
  auto& jobs = batch.pictures.emplace_back();
  batch.pictures_count += draft.pictures.size();
  for (const DraftPicture& picture : draft.pictures) {
    jobs.push_back(std::make_unique<PictureJob>(picture_job(picture, draft, folder_)));
  }
}

Result<bool> Import::start(std::unique_ptr<ImportBatch> batch) {
  std::vector<PictureJob*> jobs;
  for (auto& pictures : batch->pictures) {
    for (auto& job : pictures) {
      if (!job->error) jobs.push_back(job.get());
    }
  }
  const Status looked_up = ingest_.look_up_sources(jobs);
  if (!looked_up) return propagate(looked_up);
  std::erase_if(jobs, [](const PictureJob* job) { return job->known || job->error; });
  batch->pending = std::make_unique<std::latch>(static_cast<std::ptrdiff_t>(jobs.size()));
  std::latch* pending = batch->pending.get();
  if (!committer_.push(std::move(batch))) return false;
  workers_.start(std::move(jobs), *pending);
  return true;
}

Result<bool> Import::read_row(ImportBatch& batch) {
  auto item = feed_.next();
  if (!item) return propagate(item);
  if (!*item) return false;
  if (auto* bad = std::get_if<RowError>(&**item)) {
    batch.bad_rows.push_back(std::move(*bad));
  } else if (auto* draft = std::get_if<ProductDraft>(&**item)) {
    batch.drafts.push_back(std::move(*draft));
    add_pictures(batch, batch.drafts.back());
  } else if (auto* event = std::get_if<EventDraft>(&**item)) {
    batch.events.push_back(std::move(*event));
  } else {
    batch.features.push_back(std::move(std::get<FeatureDraft>(**item)));
  }
  batch.bytes_done = feed_.position();
  batch.bytes_total = feed_.size();
  return true;
}

Status Import::read_all() {
  bool more = true;
  while (more && !stop_.stop_requested()) {
    auto batch = std::make_unique<ImportBatch>();
    while (more && !batch->is_full()) {
      const auto read = read_row(*batch);
      if (!read) return propagate(read);
      more = *read;
    }
    const auto started = start(std::move(batch));
    if (!started) return propagate(started);
    more = more && *started;
  }
  workers_.wait_idle();
  return {};
}

// What failed may be a product that would be deleted, and a feed without any is a mistake.
Status delete_missing(Workspace& workspace, const ProductSet& seen, ProductId newest, const std::stop_token& stop, ImportReport& report) {
  report.deletions_withheld = report.failed > 0 || report.products == 0;
  if (report.deletions_withheld) return {};
  const auto deleted = delete_others(workspace.catalog(), seen, newest, stop);
  if (!deleted) return propagate(deleted, "deleting products that the feed does not have");
  report.deleted = *deleted;
  return {};
}

Result<ImportReport> run_import(Workspace& workspace, const ImportOptions& options, FeedReader& feed, const OpenedEncoder& encoder, const JobRecord& job,
                                const std::function<void(const ImportProgress&)>& progress, const std::stop_token& stop) {
  const Stopwatch watch;
  PictureIngest ingest(workspace, *encoder.encoder, encoder.id);
  const auto newest = workspace.catalog().newest_product();
  if (!newest) return propagate(newest);
  ImportCommitter committer(workspace, options, job, ingest, encoder.id, progress, stop);
  const Status read = Import(workspace, options, feed, ingest, committer, stop).read_all();
  auto report = committer.finish();
  if (!report) return report;
  if (!read) return propagate(read);
  if (options.full && !stop.stop_requested()) {
    const Status deleted = delete_missing(workspace, committer.seen(), *newest, stop, *report);
    if (!deleted) return propagate(deleted);
    const JobCounters counters{.done = feed.position(),
                               .total = feed.size(),
                               .created = report->created,
                               .updated = report->updated,
                               .unchanged = report->unchanged,
                               .deleted = report->deleted,
                               .failed = report->failed,
                               .pictures_read = report->pictures,
                               .pictures_embedded = ingest.embedded()};
    const Status told = workspace.catalog().report_job({.id = job.id, .owner = job.owner, .counters = counters, .cursor = {}, .errors = {}});
    if (!told) return propagate(told);
  }
  report->dialect = feed.dialect();
  report->encoder_id = encoder.id;
  report->complete = !stop.stop_requested();
  report->pictures_embedded = ingest.embedded();
  report->pictures_fetched = ingest.fetched();
  report->seconds = watch.elapsed_ms() / 1000;
  return report;
}

}  // namespace

Result<ImportReport> run_import_job(Workspace& workspace, const ImportOptions& options, const JobRecord& job,
                                    const std::function<void(const ImportProgress&)>& progress, const std::stop_token& stop, const ImportEnd& end) {
  auto feed = open_feed(options.source, {.currency = options.currency});
  workspace.pictures().remove_leftovers();
  workspace.thumbnails().remove_leftovers();
  std::string encoder_choice;
  const auto opened = feed ? open_for_import(workspace, stop, encoder_choice) : propagate(feed);
  auto report = opened ? run_import(workspace, options, **feed, *opened, job, progress, stop) : propagate(opened);
  JobState state = JobState::kFailed;
  std::string message = report ? "" : report.error().message;
  if (report && report->complete) state = JobState::kDone;
  if (stop.stop_requested() && state != JobState::kDone) {
    state = end.state;
    message = end.message;
  }
  const Status finished = workspace.catalog().finish_job(job.id, job.owner, state, message);
  // The import's own error is the one to tell; a job that could not be closed is taken up again when its lease ends.
  if (report && !finished) return propagate(finished);
  if (report) report->encoder_choice = encoder_choice;
  if (!report || !report->complete) return report;
  const auto duplicates = refresh_duplicates(workspace.catalog(), stop);
  if (!duplicates) return propagate(duplicates, "looking for near-duplicates");
  report->duplicates = *duplicates;
  const Status projected = refresh_projection(workspace);
  if (!projected) return propagate(projected, "learning the projection");
  return report;
}

Result<ImportReport> import_feed(Workspace& workspace, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                 std::stop_token stop) {
  // Before a job begins: a feed that is none leaves no trace.
  const auto feed = open_feed(options.source, {.currency = options.currency});
  if (!feed) return propagate(feed);
  const auto job = workspace.catalog().begin_job({.kind = "import", .source = fs::absolute(options.source).string(), .owner = make_lease_owner()});
  if (!job) return propagate(job);
  return run_import_job(workspace, options, *job, progress, stop, {});
}

}  // namespace nozama
