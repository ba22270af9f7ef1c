#include "engine/import_committer.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/money.h"
#include "engine/workspace.h"

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
    : workspace_(workspace), options_(options), ingest_(ingest), progress_(progress), stop_(std::move(stop)), encoder_id_(std::move(encoder_id)) {
  job_.id = job.id;
  job_.owner = job.owner;
  thread_ = std::thread([this] { run(); });
}

ImportCommitter::~ImportCommitter() { (void)finish(); }

bool ImportCommitter::push(std::unique_ptr<ImportBatch> batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kBatchesInFlight || !failure_; });
  if (!failure_) return false;
  waiting_.push_back(std::move(batch));
  changed_.notify_all();
  return true;
}

Result<ImportReport> ImportCommitter::finish() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (!failure_) return propagate(failure_);
  return report_;
}

// A batch stays in the queue while it is committed, so that the number in flight stays bounded. After a failure the
// batches are still waited for: workers hold pointers into them.
void ImportCommitter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    ImportBatch& batch = *waiting_.front();
    const bool failed = !failure_;
    lock.unlock();
    batch.pending->wait();
    // After Ctrl-C some pictures may not have been read: the next import takes the batch up.
    const Status committed = failed || stop_.stop_requested() ? Status{} : commit(batch);
    lock.lock();
    if (!committed) failure_ = committed;
    waiting_.pop_front();
    changed_.notify_all();
  }
}

Status ImportCommitter::commit(ImportBatch& batch) {
  ProductBatch rows = rows_of(batch);
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
