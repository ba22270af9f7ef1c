#include "engine/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <latch>
#include <memory>

#include "base/clock.h"
#include "base/worker_pool.h"
#include "catalog/catalog.h"
#include "catalog/money.h"
#include "engine/picture_ingest.h"
#include "engine/training.h"
#include "engine/workspace.h"
#include "feeds/reader.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchProducts = 64;
constexpr size_t kBatchesInFlight = 4;

// Products on their way: drafts and their pictures, which workers fill in.
struct Batch {
  std::vector<ProductDraft> drafts;
  std::vector<std::vector<std::unique_ptr<PictureJob>>> pictures;  // by draft
  std::unique_ptr<std::latch> pending;
  int64_t position = 0;  // of the feed, after the batch
};

ProductRecord record_of(const ProductDraft& draft) {
  ProductRecord record;
  record.external_id = draft.external_id;
  record.source_line = draft.line;
  for (const DraftText& text : draft.texts) record.texts.push_back({text.lang, text.title, text.description});
  record.brand = draft.brand;
  record.currency = draft.currency;
  if (draft.price) {
    if (const auto minor = parse_money(*draft.price, draft.currency)) record.price_minor = *minor;
  }
  record.stock = draft.stock;
  record.rating = draft.rating;
  record.rating_count = draft.rating_count;
  record.url = draft.url;
  record.category_path = draft.category_path;
  for (const DraftVariant& variant : draft.variants) {
    VariantRecord entry{variant.key, variant.title, std::nullopt, variant.stock, {}};
    if (variant.price) {
      if (const auto minor = parse_money(*variant.price, draft.currency)) entry.price_minor = *minor;
    }
    for (const DraftAttribute& attribute : variant.attributes) entry.attributes.push_back({attribute.name, attribute.value});
    record.variants.push_back(std::move(entry));
  }
  for (const DraftAttribute& attribute : draft.attributes) record.attributes.push_back({attribute.name, attribute.value});
  return record;
}

class Import {
 public:
  Import(Workspace& workspace, const ImportOptions& options, FeedReader& feed, PictureIngest& ingest,
         const std::function<void(const ImportProgress&)>& progress, std::stop_token stop)
      : workspace_(workspace),
        options_(options),
        feed_(feed),
        ingest_(ingest),
        progress_(progress),
        stop_(std::move(stop)),
        pool_({.threads = workspace.threads(), .queue_length_max = 4 * workspace.threads()}) {
    folder_ = fs::is_directory(options.source) ? fs::absolute(options.source) : fs::absolute(options.source).parent_path();
  }

  Result<ImportReport> run(const JobRecord& job, const std::string& encoder_id);

 private:
  Status read_batches();
  Status start_batch(std::unique_ptr<Batch> batch);
  Status commit_front();
  void add_pictures(Batch& batch, const ProductDraft& draft);
  void add_error(int64_t line, const Error& error);
  void report_progress(int64_t position);
  void count_outcomes(const Batch& batch, const std::vector<ProductRecord>& records, const std::vector<UpsertOutcome>& outcomes);

  Workspace& workspace_;
  const ImportOptions& options_;
  FeedReader& feed_;
  PictureIngest& ingest_;
  const std::function<void(const ImportProgress&)>& progress_;
  std::stop_token stop_;
  fs::path folder_;
  JobProgress job_;
  std::string encoder_id_;
  ImportReport report_;
  std::deque<std::unique_ptr<Batch>> in_flight_;
  WorkerPool pool_;  // last: its threads end before what they use
};

void Import::add_error(int64_t line, const Error& error) {
  job_.errors.push_back({line, error.reason, error.message});
  if (report_.errors.size() < options_.errors_kept_max) report_.errors.push_back({line, error.reason, error.message});
}

void Import::add_pictures(Batch& batch, const ProductDraft& draft) {
  auto& jobs = batch.pictures.emplace_back();
  for (const DraftPicture& picture : draft.pictures) {
    auto job = std::make_unique<PictureJob>();
    job->variant_key = picture.variant_key;
    job->product_id = draft.external_id;
    job->line = draft.line;
    job->path = (folder_ / picture.reference).lexically_normal();
    if (picture.reference.starts_with("http://") || picture.reference.starts_with("https://")) {
      job->error = Error{ErrorCode::kUnsupported, "remote_picture",
                         fmt::format("{}: pictures are imported from files; download it and name the file", picture.reference)};
    }
    jobs.push_back(std::move(job));
  }
}

Status Import::start_batch(std::unique_ptr<Batch> batch) {
  std::vector<PictureJob*> jobs;
  for (auto& pictures : batch->pictures) {
    for (auto& job : pictures) {
      if (!job->error) jobs.push_back(job.get());
    }
  }
  const Status looked_up = ingest_.look_up_sources(jobs);
  if (!looked_up) return looked_up;
  std::erase_if(jobs, [](const PictureJob* job) { return job->known || job->error; });
  batch->pending = std::make_unique<std::latch>(static_cast<std::ptrdiff_t>(jobs.size()));
  std::latch* pending = batch->pending.get();
  in_flight_.push_back(std::move(batch));
  for (PictureJob* job : jobs) {
    pool_.submit([this, job, pending] {
      if (!stop_.stop_requested()) ingest_.ingest(*job);
      pending->count_down();
    });
  }
  return in_flight_.size() > kBatchesInFlight ? commit_front() : Status{};
}

Status Import::commit_front() {
  const std::unique_ptr<Batch> batch = std::move(in_flight_.front());
  in_flight_.pop_front();
  batch->pending->wait();
  if (stop_.stop_requested()) return {};  // some pictures may not have been read: the next import takes it up
  ProductBatch rows;
  rows.encoder_id = encoder_id_;
  for (size_t i = 0; i < batch->drafts.size(); ++i) {
    ProductRecord record = record_of(batch->drafts[i]);
    for (auto& picture : batch->pictures[i]) {
      ++report_.pictures;
      if (picture->error) {
        ++report_.pictures_failed;
        const std::string where = picture->line > 0 ? fmt::format("{}:{}", options_.source.filename().string(), picture->line) : std::string("picture");
        add_error(picture->line,
                  {picture->error->code, picture->error->reason, fmt::format("{}: product '{}': {}", where, picture->product_id, picture->error->message)});
        continue;
      }
      if (picture->embedding) rows.embeddings.push_back(std::move(*picture->embedding));
      record.pictures.push_back(std::move(picture->record));
    }
    rows.products.push_back(std::move(record));
  }
  job_.counters.done = batch->position;
  job_.counters.total = feed_.size();
  job_.counters.pictures_read = report_.pictures;
  job_.counters.pictures_embedded = ingest_.embedded();
  rows.progress = job_;
  const auto outcomes = workspace_.catalog().upsert(rows);
  if (!outcomes) return propagate(outcomes, "storing products");
  job_.errors.clear();
  count_outcomes(*batch, rows.products, *outcomes);
  job_.counters.created = report_.created;
  job_.counters.updated = report_.updated;
  job_.counters.unchanged = report_.unchanged;
  job_.counters.failed = report_.failed;
  report_progress(batch->position);
  return {};
}

void Import::count_outcomes(const Batch& batch, const std::vector<ProductRecord>& records, const std::vector<UpsertOutcome>& outcomes) {
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
    report_.variants += static_cast<int64_t>(std::max<size_t>(1, records[i].variants.size()));
  }
}

void Import::report_progress(int64_t position) {
  if (progress_) progress_({report_.products, ingest_.embedded(), position, feed_.size()});
}

Status Import::read_batches() {
  auto batch = std::make_unique<Batch>();
  while (!stop_.stop_requested()) {
    auto item = feed_.next();
    if (!item) return propagate(item);
    if (!*item) break;
    if (const auto* bad = std::get_if<RowError>(&**item)) {
      ++report_.failed;
      ++job_.counters.failed;
      add_error(bad->line, bad->error);
      continue;
    }
    batch->drafts.push_back(std::move(std::get<ProductDraft>(**item)));
    add_pictures(*batch, batch->drafts.back());
    batch->position = feed_.position();
    if (batch->drafts.size() < kBatchProducts) continue;
    const Status started = start_batch(std::move(batch));
    if (!started) return started;
    batch = std::make_unique<Batch>();
  }
  if (!batch->drafts.empty() && !stop_.stop_requested()) {
    const Status started = start_batch(std::move(batch));
    if (!started) return started;
  }
  while (!in_flight_.empty()) {
    const Status committed = commit_front();
    if (!committed) return committed;
  }
  return {};
}

Result<ImportReport> Import::run(const JobRecord& job, const std::string& encoder_id) {
  const Stopwatch watch;
  job_.id = job.id;
  job_.owner = job.owner;
  encoder_id_ = encoder_id;
  report_.dialect = feed_.dialect();
  const Status read = read_batches();
  pool_.wait_idle();
  report_.complete = !stop_.stop_requested();
  report_.pictures_embedded = ingest_.embedded();
  report_.seconds = watch.elapsed_ms() / 1000;
  if (!read) {
    // The feed's error is the one to tell; a job that could not be closed is taken up again when its lease ends.
    (void)workspace_.catalog().finish_job(job.id, job.owner, JobState::kFailed, read.error().message);
    return propagate(read);
  }
  if (!job_.errors.empty()) {
    const Status reported = workspace_.catalog().report_job(job_);
    if (!reported) return propagate(reported);
  }
  const Status finished = workspace_.catalog().finish_job(job.id, job.owner, report_.complete ? JobState::kDone : JobState::kInterrupted, "");
  if (!finished) return propagate(finished);
  return report_;
}

// The first import fixes the encoder and its precision for the catalogue.
Status fix_encoder(Workspace& workspace, const std::string& encoder_id) {
  auto row = workspace.catalog().serving();
  if (!row) return propagate(row);
  if (!row->encoder_id.empty()) return {};
  row->encoder_id = encoder_id;
  const auto switched = workspace.catalog().switch_serving(*row);
  return switched ? Status{} : propagate(switched);
}

}  // namespace

Result<ImportReport> import_feed(Workspace& workspace, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                 std::stop_token stop) {
  auto feed = open_feed(options.source);
  if (!feed) return propagate(feed);
  const auto opened = workspace.serving_encoder();
  if (!opened) return propagate(opened);
  const auto job = workspace.catalog().begin_job({.kind = "import", .source = fs::absolute(options.source).string(), .owner = make_lease_owner()});
  if (!job) return propagate(job);
  const Status fixed = fix_encoder(workspace, opened->id);
  if (!fixed) return propagate(fixed);
  PictureIngest ingest(workspace, *opened->encoder, opened->id);
  auto report = Import(workspace, options, **feed, ingest, progress, stop).run(*job, opened->id);
  if (!report || !report->complete) return report;
  const Status projected = refresh_projection(workspace);
  if (!projected) return propagate(projected, "learning the projection");
  return report;
}

}  // namespace nozama
