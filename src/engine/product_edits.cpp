#include "engine/product_edits.h"

#include <fmt/format.h>

#include <algorithm>
#include <latch>
#include <memory>

#include "base/log.h"
#include "engine/import_encoder.h"
#include "engine/import_records.h"
#include "engine/picture_ingest.h"
#include "engine/picture_workers.h"
#include "engine/workspace.h"
#include "feeds/product_json.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

constexpr int kAttemptsMax = 5;  // at changing what others change too

std::unexpected<Error> cancelled() { return fail(ErrorCode::kCancelled, "client_gone", "nobody waits for the answer; nothing was stored"); }

// The pictures of one batch on their way.
class BatchPictures {
 public:
  BatchPictures(Workspace& workspace, Encoder& encoder, const std::string& encoder_id) : workspace_(workspace), ingest_(workspace, encoder, encoder_id) {}

  Status read(const std::vector<ProductDraft>& drafts, const std::stop_token& stop) {
    std::vector<PictureJob*> wanted;
    for (const ProductDraft& draft : drafts) {
      auto& jobs = jobs_.emplace_back();
      for (const DraftPicture& picture : draft.pictures) jobs.push_back(std::make_unique<PictureJob>(picture_job(picture, draft, std::nullopt)));
      for (const auto& job : jobs) {
        if (!job->error) wanted.push_back(job.get());
      }
    }
    const Status looked_up = ingest_.look_up_sources(wanted);
    if (!looked_up) return looked_up;
    std::erase_if(wanted, [](const PictureJob* job) { return job->known || job->error; });
    if (wanted.empty()) return {};
    std::latch pending(std::ssize(wanted));
    PictureWorkers workers(workspace_, ingest_, stop);
    workers.start(std::move(wanted), pending);
    pending.wait();
    return {};
  }

  // Of the draft at that place.
  void collect(size_t place, ProductRecord& record, ProductEdit& edit, ProductBatch& batch, std::vector<SourceVersion>& versions) {
    for (const auto& job : jobs_[place]) {
      if (job->error) edit.picture_errors.push_back(*job->error);
      collect_picture(*job, record, batch, versions);
    }
  }

 private:
  Workspace& workspace_;
  PictureIngest ingest_;
  std::vector<std::vector<std::unique_ptr<PictureJob>>> jobs_;  // by draft
};

}  // namespace

Result<StoredProduct> ProductEdits::stored(const std::string& id) {
  const auto unknown = [&id] { return fail(ErrorCode::kNotFound, "unknown_product", fmt::format("there is no product '{}'", id.substr(0, 200))); };
  const auto ids = workspace_.catalog().product_ids({id});
  if (!ids) return propagate(ids);
  if (!ids->front()) return unknown();
  auto records = workspace_.catalog().records({*ids->front()});
  if (!records) return propagate(records);
  if (records->empty()) return unknown();
  return std::move(records->front());
}

Result<std::vector<UpsertOutcome>> ProductEdits::commit(ProductBatch& batch, const std::vector<SourceVersion>& versions, const std::stop_token& stop) {
  // Some pictures may not have been read.
  if (stop.stop_requested()) return cancelled();
  // Originals before the rows that name them.
  const Status flushed = batch.embeddings.empty() ? Status{} : workspace_.pictures().flush();
  if (!flushed) return propagate(flushed, "storing pictures");
  auto outcomes = workspace_.catalog().upsert(batch);
  if (!outcomes) return outcomes;
  const Status noted = versions.empty() ? Status{} : workspace_.catalog().save_source_versions(versions);
  // What is stored is stored: the picture will be fetched once more, and the index follows the log by itself.
  if (!noted) log_warning("source_versions_not_saved", {{"error", noted.error().message}});
  const Status shown = show_();
  if (!shown) log_warning("change_not_shown_yet", {{"error", shown.error().message}});
  return outcomes;
}

Result<std::vector<ProductEdit>> ProductEdits::put_instead(const std::vector<ProductDraft>& drafts, const std::string& replaces, const std::stop_token& stop) {
  std::string why;
  const auto opened = open_for_import(workspace_, stop, why);
  if (!opened) return propagate(opened);
  BatchPictures pictures(workspace_, *opened->encoder, opened->id);
  const Status read = pictures.read(drafts, stop);
  if (!read) return propagate(read);
  ProductBatch batch{.products = {}, .encoder_id = opened->id, .serving_encoder_only = true, .embeddings = {}, .progress = {}};
  std::vector<SourceVersion> versions;
  std::vector<ProductEdit> edits;
  for (size_t i = 0; i < drafts.size(); ++i) {
    ProductRecord record = record_of(drafts[i]);
    record.replaces = replaces;
    ProductEdit edit{.id = record.external_id, .picture_errors = {}};
    pictures.collect(i, record, edit, batch, versions);
    edits.push_back(std::move(edit));
    batch.products.push_back(std::move(record));
  }
  const auto outcomes = commit(batch, versions, stop);
  if (!outcomes) return propagate(outcomes);
  for (size_t i = 0; i < edits.size(); ++i) {
    edits[i].kind = (*outcomes)[i].kind;
    edits[i].error = (*outcomes)[i].error;
  }
  return edits;
}

Result<std::vector<ProductEdit>> ProductEdits::put(const std::vector<ProductDraft>& drafts, const std::stop_token& stop) {
  return put_instead(drafts, "", stop);
}

Result<ProductEdit> ProductEdits::create(const ProductDraft& draft, const std::stop_token& stop) {
  auto edits = put_instead({draft}, "none", stop);
  if (!edits) return propagate(edits);
  if (edits->front().error.reason != "changed_meanwhile") return std::move(edits->front());
  return fail(ErrorCode::kConflict, "product_exists", "the shop has a product with this id already: change that one, or give the new one another id");
}

Result<ProductEdit> ProductEdits::patch(const std::string& id, std::string_view patch, const std::string& version, const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    const auto before = stored(id);
    if (!before) return propagate(before);
    if (!version.empty() && before->digest != version) {
      return fail(ErrorCode::kConflict, "product_changed", "somebody else has changed the product since you read it; read it again and decide anew");
    }
    const auto merged = merge_product_json(draft_json(draft_of(before->record, PictureNames::kStored)), patch);
    if (!merged) return propagate(merged);
    const auto draft = read_product_json(*merged, 1);
    if (!draft) return propagate(draft);
    if (draft->external_id != id) return fail(ErrorCode::kInvalidArgument, "bad_parameter", "the id of a product does not change");
    auto edits = put_instead({*draft}, before->digest, stop);
    if (!edits) return propagate(edits);
    const bool late = edits->front().kind == UpsertKind::kRejected && edits->front().error.reason == "changed_meanwhile";
    if (!late || attempt == kAttemptsMax) return std::move(edits->front());
  }
}

Status ProductEdits::remove(const std::string& id) {
  const auto existing = stored(id);
  if (!existing) return propagate(existing);
  const auto removed = workspace_.catalog().delete_products({id});
  if (!removed) return propagate(removed);
  const Status shown = show_();
  if (!shown) log_warning("change_not_shown_yet", {{"error", shown.error().message}});
  return {};
}

Status ProductEdits::change(const std::string& id, const std::stop_token& stop, ProductBatch& batch, const Change& apply) {
  for (int attempt = 1;; ++attempt) {
    auto before = stored(id);
    if (!before) return propagate(before);
    ProductRecord record = std::move(before->record);
    record.replaces = before->digest;
    const Status applied = apply(record);
    if (!applied) return applied;
    batch.products = {std::move(record)};
    const auto outcomes = commit(batch, {}, stop);
    if (!outcomes) return propagate(outcomes);
    const UpsertOutcome& outcome = outcomes->front();
    if (outcome.kind != UpsertKind::kRejected) return {};
    if (outcome.error.reason != "changed_meanwhile" || attempt == kAttemptsMax) return std::unexpected(outcome.error);
  }
}

Result<PictureEdit> ProductEdits::add_picture(const std::string& id, std::span<const std::byte> bytes, const std::string& variant_key,
                                              const std::stop_token& stop) {
  if (const auto existing = stored(id); !existing) return propagate(existing);  // before the work
  std::string why;
  const auto opened = open_for_import(workspace_, stop, why);
  if (!opened) return propagate(opened);
  PictureIngest ingest(workspace_, *opened->encoder, opened->id);
  PictureJob job;
  const Status read = ingest.ingest_bytes(job, bytes);
  if (!read) return propagate(read);
  job.record.variant_key = variant_key;
  ProductBatch batch{.products = {}, .encoder_id = opened->id, .serving_encoder_only = true, .embeddings = {}, .progress = {}};
  if (job.embedding) batch.embeddings.push_back(std::move(*job.embedding));
  const Status changed = change(id, stop, batch, [&job](ProductRecord& record) -> Status {
    const bool has = std::ranges::any_of(record.pictures, [&job](const PictureRecord& picture) {
      return picture.content_hash == job.record.content_hash && picture.variant_key == job.record.variant_key;
    });
    if (!has) record.pictures.push_back(job.record);
    return {};
  });
  if (!changed) return propagate(changed);
  return PictureEdit{job.record.content_hash, job.record.width, job.record.height};
}

Status ProductEdits::remove_picture(const std::string& id, const std::string& content_hash, const std::stop_token& stop) {
  ProductBatch batch;
  return change(id, stop, batch, [&content_hash](ProductRecord& record) -> Status {
    const auto removed = std::erase_if(record.pictures, [&content_hash](const PictureRecord& picture) { return picture.content_hash == content_hash; });
    if (removed > 0) return {};
    return fail(ErrorCode::kNotFound, "unknown_picture", fmt::format("the product has no picture {}", content_hash.substr(0, 100)));
  });
}

}  // namespace nozama
