#include <fmt/format.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "engine/import.h"
#include "engine/import_deletions.h"
#include "engine/import_records.h"
#include "engine/picture_ingest.h"
#include "engine/picture_reference.h"
#include "engine/workspace.h"
#include "feeds/reader.h"
#include "image/decode.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchRows = 256;

class Preview {
 public:
  Preview(Catalog* catalog, const ImportOptions& options) : catalog_(catalog), options_(options) {
    if (options.files) folder_ = feed_folder(options.source);
  }

  Status add(FeedItem item) {
    if (auto* bad = std::get_if<RowError>(&item)) {
      add_failure(bad->line, bad->error);
    } else if (auto* draft = std::get_if<ProductDraft>(&item)) {
      records_.push_back(record_of(*draft));
      return add_pictures(*draft, records_.back());
    } else {
      ++(std::holds_alternative<EventDraft>(item) ? report.events : report.features);
    }
    return {};
  }

  bool full() const { return records_.size() >= kBatchRows; }

  Status finish_batch() {
    std::vector<Error> errors(records_.size());
    std::vector<UpsertKind> kinds(records_.size(), UpsertKind::kCreated);
    if (catalog_ != nullptr) {
      errors.clear();
      auto previewed = catalog_->preview(records_, errors);
      if (!previewed) return propagate(previewed);
      kinds = std::move(*previewed);
      const Status noted = note_seen();
      if (!noted) return noted;
    }
    for (size_t i = 0; i < records_.size(); ++i) count(records_[i], kinds[i], errors[i]);
    records_.clear();
    return {};
  }

  // How many products a full import would delete.
  Status count_deletions() {
    report.deletions_withheld = report.failed > 0 || report.products == 0;
    if (catalog_ == nullptr || report.deletions_withheld) return {};
    const auto stats = catalog_->stats();
    if (!stats) return propagate(stats);
    report.deleted = stats->products - known_;
    return {};
  }

  ImportReport report;

 private:
  Status note_seen() {
    std::vector<std::string> ids;
    for (const ProductRecord& record : records_) ids.push_back(record.external_id);
    const auto found = catalog_->product_ids(ids);
    if (!found) return propagate(found);
    for (const auto& id : *found) {
      if (!id || seen_.has(*id)) continue;
      seen_.add(*id);
      ++known_;
    }
    return {};
  }

  void add_failure(int64_t line, const Error& error) {
    ++report.failed;
    if (report.errors.size() < options_.errors_kept_max) report.errors.push_back({line, error.reason, error.message});
  }

  void count(const ProductRecord& record, UpsertKind kind, const Error& error) {
    if (kind == UpsertKind::kRejected) {
      add_failure(record.source_line,
                  {error.code, error.reason, fmt::format("{}:{}: {}", options_.source.filename().string(), record.source_line, error.message)});
      return;
    }
    ++(kind == UpsertKind::kCreated ? report.created : (kind == UpsertKind::kUpdated ? report.updated : report.unchanged));
    ++report.products;
    report.variants += static_cast<int64_t>(std::max<size_t>(1, record.variants.size()));
    report.relations += std::ssize(record.relations);
  }

  Status add_pictures(const ProductDraft& draft, ProductRecord& record) {
    for (const DraftPicture& picture : draft.pictures) {
      ++report.pictures;
      PictureJob job = picture_job(picture, draft, folder_);
      if (!job.url.empty()) {
        const Status added = add_remote(job, record);
        if (!added) return added;
        continue;
      }
      if (!job.stored.empty()) {
        const auto added = add_stored(job.stored, job, record);
        if (!added) return propagate(added);
        if (!*added) job.error = Error{ErrorCode::kNotFound, "unknown_picture", fmt::format("the shop has no picture nozama:{}", job.stored)};
      }
      const Status read = job.error || !job.stored.empty() ? Status{} : read_picture(job, record);
      if (!read) job.error = read.error();
      if (job.error) add_picture_failure(draft, *job.error);
    }
    return {};
  }

  void add_picture_failure(const ProductDraft& draft, const Error& error) {
    ++report.pictures_failed;
    if (report.errors.size() >= options_.errors_kept_max) return;
    const std::string place = fmt::format("{}:{}", options_.source.filename().string(), draft.line);
    report.errors.push_back({draft.line, error.reason, fmt::format("{}: product '{}': {}", place, draft.external_id, error.message)});
  }

  // Nothing is fetched: a remote picture counts as what it was when it was last imported.
  Status add_remote(const PictureJob& job, ProductRecord& record) const {
    if (catalog_ == nullptr) return {};
    const auto versions = catalog_->source_versions({job.url});
    if (!versions) return propagate(versions);
    if (!versions->front()) return {};
    const auto added = add_stored(versions->front()->content_hash, job, record);
    return added ? Status{} : propagate(added);
  }

  // False when the shop has no such picture.
  Result<bool> add_stored(const std::string& hash, const PictureJob& job, ProductRecord& record) const {
    if (catalog_ == nullptr) return false;
    const auto known = catalog_->known_hashes({hash}, "");
    if (!known) return propagate(known);
    const auto& content = known->front();
    if (!content) return false;
    record.pictures.push_back({.content_hash = content->content_hash, .width = content->width, .height = content->height, .variant_key = job.variant_key});
    return true;
  }

  // Its identity only: what would be embedded is not looked at beyond its size.
  static Status read_picture(const PictureJob& job, ProductRecord& record) {
    const auto bytes = read_file(job.path, kPictureFileBytesMax);
    if (!bytes) return fail(ErrorCode::kNotFound, "picture_missing", fmt::format("there is no picture {}", job.path.string()));
    const auto info = read_image_info(*bytes);
    if (!info) return fail(info.error().code, info.error().reason, fmt::format("{}: {}", job.path.string(), info.error().message));
    record.pictures.push_back({.content_hash = content_hash(*bytes), .width = info->width, .height = info->height, .variant_key = job.variant_key});
    return {};
  }

  Catalog* catalog_;
  const ImportOptions& options_;
  std::optional<fs::path> folder_;  // that pictures' files are relative to; none: files are refused
  std::vector<ProductRecord> records_;
  ProductSet seen_;
  int64_t known_ = 0;  // products of the catalogue that the feed has
};

}  // namespace

Result<ImportReport> preview_import(Catalog* catalog, const ImportOptions& options, const std::function<void(const ImportProgress&)>& progress,
                                    const std::stop_token& stop) {
  const Stopwatch watch;
  auto feed = open_feed(options.source, {.currency = options.currency});
  if (!feed) return propagate(feed);
  Preview preview(catalog, options);
  bool more = true;
  while (more && !stop.stop_requested()) {
    auto item = (*feed)->next();
    if (!item) return propagate(item);
    more = item->has_value();
    const Status added = more ? preview.add(std::move(**item)) : Status{};
    if (!added) return propagate(added);
    if (more && !preview.full()) continue;
    const Status counted = preview.finish_batch();
    if (!counted) return propagate(counted);
    if (progress) progress({preview.report.products, 0, (*feed)->position(), (*feed)->size()});
  }
  if (options.full && !more) {
    const Status counted = preview.count_deletions();
    if (!counted) return propagate(counted);
  }
  preview.report.dialect = (*feed)->dialect();
  preview.report.dry_run = true;
  preview.report.complete = !stop.stop_requested();
  preview.report.seconds = watch.elapsed_ms() / 1000;
  return std::move(preview.report);
}

Result<ImportReport> run_preview_job(Workspace& workspace, const ImportOptions& options, const JobRecord& job,
                                     const std::function<void(const ImportProgress&)>& progress, const std::stop_token& stop, const ImportEnd& end) {
  Catalog& catalog = workspace.catalog();
  JobProgress told{.id = job.id, .owner = job.owner};
  const auto tell = [&](const ImportProgress& now) {
    told.counters.done = now.bytes_done;
    told.counters.total = now.bytes_total;
    if (const Status kept = catalog.report_job(told); !kept) log_warning("job_not_told", {{"error", kept.error().message}});
    if (progress) progress(now);
  };
  auto report = preview_import(&catalog, options, tell, stop);
  if (report) {
    JobCounters& n = told.counters;
    n.done = n.total;
    n.created = report->created, n.updated = report->updated, n.unchanged = report->unchanged, n.deleted = report->deleted, n.failed = report->failed;
    n.pictures_read = report->pictures;
    for (const ImportRowError& error : report->errors) told.errors.push_back({error.line, error.reason, error.message});
    const Status kept = catalog.report_job(told);
    if (!kept) return propagate(kept);
  }
  JobState state = report ? JobState::kDone : JobState::kFailed;
  std::string message = report ? "nothing was stored" : report.error().message;
  if (stop.stop_requested() && !(report && report->complete)) state = end.state, message = end.message;
  const Status finished = catalog.finish_job(job.id, job.owner, state, message);
  if (!finished) return propagate(finished);
  return report;
}

}  // namespace nozama
