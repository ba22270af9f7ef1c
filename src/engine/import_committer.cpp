#include "engine/import_committer.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/money.h"
#include "engine/workspace.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr size_t kBatchesInFlight = 4;

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
  ProductBatch rows = rows_of(batch);
  // Originals before the rows that name them.
  const Status flushed = rows.embeddings.empty() ? Status{} : workspace_.pictures().flush();
  if (!flushed) return propagate(flushed, "storing pictures");
  const auto outcomes = workspace_.catalog().upsert(rows);
  if (!outcomes) return propagate(outcomes, "storing products");
  job_.errors.clear();
  count_outcomes(batch, rows.products, *outcomes);
  job_.counters.created = report_.created;
  job_.counters.updated = report_.updated;
  job_.counters.unchanged = report_.unchanged;
  job_.counters.failed = report_.failed;
  if (progress_) progress_({report_.products, ingest_.embedded(), batch.bytes_done, batch.bytes_total});
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
      continue;
    }
    if (picture->embedding) rows.embeddings.push_back(std::move(*picture->embedding));
    record.pictures.push_back(std::move(picture->record));
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
    report_.variants += static_cast<int64_t>(std::max<size_t>(1, records[i].variants.size()));
  }
}

}  // namespace nozama
