#include <fmt/format.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "engine/import.h"
#include "engine/import_deletions.h"
#include "engine/import_records.h"
#include "engine/picture_reference.h"
#include "feeds/reader.h"
#include "image/decode.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBatchRows = 256;

class Preview {
 public:
  Preview(Catalog* catalog, const ImportOptions& options) : catalog_(catalog), options_(options), folder_(feed_folder(options.source)) {}

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
      if (is_remote(picture.reference)) {
        const Status added = add_remote(picture, record);
        if (!added) return added;
        continue;
      }
      auto read = read_picture(picture);
      if (read) {
        record.pictures.push_back(std::move(*read));
        continue;
      }
      ++report.pictures_failed;
      if (report.errors.size() < options_.errors_kept_max) {
        const std::string place = fmt::format("{}:{}", options_.source.filename().string(), draft.line);
        report.errors.push_back({draft.line, read.error().reason, fmt::format("{}: product '{}': {}", place, draft.external_id, read.error().message)});
      }
    }
    return {};
  }

  // Nothing is fetched: a remote picture counts as what it was when it was last imported.
  Status add_remote(const DraftPicture& picture, ProductRecord& record) const {
    if (catalog_ == nullptr) return {};
    const auto versions = catalog_->source_versions({url_of(picture.reference)});
    if (!versions) return propagate(versions);
    if (!versions->front()) return {};
    const auto known = catalog_->known_hashes({versions->front()->content_hash}, "");
    if (!known) return propagate(known);
    if (const auto& content = known->front()) {
      record.pictures.push_back(
          {.content_hash = content->content_hash, .width = content->width, .height = content->height, .variant_key = picture.variant_key});
    }
    return {};
  }

  // Its identity only: what would be embedded is not looked at beyond its size.
  Result<PictureRecord> read_picture(const DraftPicture& picture) const {
    const fs::path path = (folder_ / picture.reference).lexically_normal();
    const auto bytes = read_file(path, kPictureFileBytesMax);
    if (!bytes) return fail(ErrorCode::kNotFound, "picture_missing", fmt::format("there is no picture {}", path.string()));
    const auto info = read_image_info(*bytes);
    if (!info) return fail(info.error().code, info.error().reason, fmt::format("{}: {}", path.string(), info.error().message));
    return PictureRecord{.content_hash = content_hash(*bytes), .width = info->width, .height = info->height, .variant_key = picture.variant_key};
  }

  Catalog* catalog_;
  const ImportOptions& options_;
  fs::path folder_;
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

}  // namespace nozama
