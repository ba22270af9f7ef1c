#include "catalog/product_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "catalog/sql_lists.h"
#include "catalog/text_search.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

// The progress that a batch carries, with what became of its products.
JobProgress progress_with(const ProductBatch& batch, const std::vector<UpsertOutcome>& outcomes) {
  JobProgress progress = *batch.progress;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const UpsertOutcome& outcome = outcomes[i];
    switch (outcome.kind) {
      case UpsertKind::kCreated: ++progress.counters.created; break;
      case UpsertKind::kUpdated: ++progress.counters.updated; break;
      case UpsertKind::kUnchanged: ++progress.counters.unchanged; break;
      case UpsertKind::kRejected:
        ++progress.counters.failed;
        progress.errors.push_back({.line = batch.products[i].source_line, .reason = outcome.error.reason, .message = outcome.error.message});
    }
  }
  return progress;
}

struct OldPicture {
  PictureId id;
  int64_t content = 0;
  bool kept = false;
};

}  // namespace

Status ProductWriter::prepare(const std::vector<ProductRecord>& records) {
  std::vector<std::string> ids;
  for (const ProductRecord& record : records) {
    if (is_clean_line(record.external_id)) ids.push_back(record.external_id);
  }
  return sql::for_each_listed(db_, "SELECT external_id, id, digest FROM product WHERE external_id IN ({})", ids,
                              [this](const sql::Rows& rows) { stored_[rows.text(0)] = {.id = ProductId{rows.integer(1)}, .digest = rows.text(2)}; });
}

Result<UpsertOutcome> ProductWriter::upsert(const ProductRecord& record) {
  if (auto valid = validate(record); !valid) return UpsertOutcome{.kind = UpsertKind::kRejected, .error = valid.error()};
  std::string fresh = digest(record);
  const auto stored = stored_.find(record.external_id);
  const std::optional<ProductId> existing = stored != stored_.end() ? std::optional(stored->second.id) : std::nullopt;
  if (!record.replaces.empty() && record.replaces != (existing ? stored->second.digest : "none")) {
    return UpsertOutcome{.kind = UpsertKind::kRejected,
                         .error = {ErrorCode::kConflict, "changed_meanwhile", "somebody else has changed the product meanwhile; read it and try again"}};
  }
  if (existing && stored->second.digest == fresh) {
    if (auto refreshed = refresh_sources(*existing, record); !refreshed) return propagate(refreshed);
    return UpsertOutcome{.kind = UpsertKind::kUnchanged, .id = *existing};
  }
  const std::string context = fmt::format("saving product {}", record.external_id);
  if (existing) {
    if (auto cleared = forget_parts(*existing); !cleared) return propagate(cleared, context);
  }
  auto id = write_row(record, fresh, existing);
  if (!id) return propagate(id, context);
  if (auto written = write_texts(*id, record); !written) return propagate(written, context);
  if (auto written = write_search_words(db_, *id, record); !written) return propagate(written, context);
  if (existing || !record.relations.empty()) {
    if (auto written = write_relations(db_, *id, record.relations); !written) return propagate(written, context);
  }
  auto variants = write_variants(*id, record, !existing);
  if (!variants) return propagate(variants, context);
  if (auto written = write_pictures(*id, record, *variants, !existing); !written) return propagate(written, context);
  stored_[record.external_id] = {.id = *id, .digest = std::move(fresh)};
  return UpsertOutcome{.kind = existing ? UpsertKind::kUpdated : UpsertKind::kCreated, .id = *id};
}

// What is written anew with every change.
Status ProductWriter::forget_parts(ProductId product) {
  for (const std::string_view table : {"product_category", "product_text", "product_attribute"}) {
    if (auto cleared = sql::execute(db_, fmt::format("DELETE FROM {} WHERE product_id = ?", table), product); !cleared) return cleared;
  }
  return remove_search_words(db_, product);
}

Result<ProductId> ProductWriter::write_row(const ProductRecord& record, const std::string& fresh, std::optional<ProductId> existing) {
  CategoryId primary;
  if (!record.category_path.empty()) {
    auto made = categories_.ensure(record.category_path);
    if (!made) return propagate(made);
    primary = *made;
  }
  const auto category = primary.value == 0 ? std::nullopt : std::optional(primary.value);
  const int64_t now_ms = unix_time_ms();
  auto id = existing ? sql::query_integer(db_,
                                          "UPDATE product SET brand = ?, price_minor = ?, currency = ?, stock = ?, rating = ?, rating_count = ?, url = ?,"
                                          " category_id = ?, digest = ?, updated_ms = ? WHERE id = ? RETURNING id",
                                          record.brand, record.price_minor, record.currency, record.stock, record.rating, record.rating_count, record.url,
                                          category, fresh, now_ms, *existing)
                     : sql::query_integer(db_,
                                          "INSERT INTO product (external_id, brand, price_minor, currency, stock, rating, rating_count, url, category_id,"
                                          " digest, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                                          record.external_id, record.brand, record.price_minor, record.currency, record.stock, record.rating,
                                          record.rating_count, record.url, category, fresh, now_ms, now_ms);
  if (!id) return propagate(id);
  const ProductId product{id->value_or(0)};
  if (auto written = write_categories(product, primary, record); !written) return propagate(written);
  return product;
}

Status ProductWriter::write_categories(ProductId product, CategoryId primary, const ProductRecord& record) {
  std::vector<CategoryId> members;
  if (primary.value != 0) members.push_back(primary);
  for (const auto& path : record.other_category_paths) {
    auto made = categories_.ensure(path);
    if (!made) return propagate(made);
    if (std::ranges::find(members, *made) == members.end()) members.push_back(*made);
  }
  for (const CategoryId member : members) {
    if (auto added = sql::execute(db_, "INSERT INTO product_category (product_id, category_id) VALUES (?, ?)", product, member); !added) return added;
  }
  return {};
}

Status ProductWriter::write_texts(ProductId product, const ProductRecord& record) {
  for (const LocalizedText& text : record.texts) {
    auto added = sql::execute(db_, "INSERT INTO product_text (product_id, lang, title, description) VALUES (?, ?, ?, ?)", product, normalized_lang(text.lang),
                              text.title, text.description);
    if (!added) return added;
  }
  int64_t position = 0;
  for (const Attribute& attribute : record.attributes) {
    auto added = sql::execute(db_, "INSERT INTO product_attribute (product_id, position, name, value) VALUES (?, ?, ?, ?)", product, position++, attribute.name,
                              attribute.value);
    if (!added) return added;
  }
  return {};
}

// A variant keeps its id as long as its key stays.
Result<std::vector<VariantId>> ProductWriter::write_variants(ProductId product, const ProductRecord& record, bool fresh) {
  std::vector<VariantId> written;
  for (const VariantRecord& variant : record.variants) {
    auto id = write_variant(product, std::ssize(written), variant);
    if (!id) return propagate(id);
    written.push_back(*id);
  }
  std::vector<VariantId> gone;
  if (!fresh) {
    sql::Rows rows = sql::query(db_, "SELECT id FROM variant WHERE product_id = ?", product);
    while (rows.next()) {
      const VariantId id{rows.integer(0)};
      if (std::ranges::find(written, id) == written.end()) gone.push_back(id);
    }
    if (!rows.ok()) return rows.failure();
  }
  for (const VariantId id : gone) {
    if (auto removed = sql::execute(db_, "DELETE FROM variant WHERE id = ?", id); !removed) return propagate(removed);
  }
  return written;
}

Result<VariantId> ProductWriter::write_variant(ProductId product, int64_t position, const VariantRecord& variant) {
  auto id = sql::query_integer(db_,
                               "INSERT INTO variant (product_id, position, key, title, price_minor, stock) VALUES (?, ?, ?, ?, ?, ?)"
                               " ON CONFLICT (product_id, key) DO UPDATE SET position = excluded.position, title = excluded.title,"
                               " price_minor = excluded.price_minor, stock = excluded.stock RETURNING id",
                               product, position, variant.key, variant.title, variant.price_minor, variant.stock);
  if (!id) return propagate(id);
  const VariantId variant_id{id->value_or(0)};
  if (auto cleared = sql::execute(db_, "DELETE FROM variant_attribute WHERE variant_id = ?", variant_id); !cleared) return propagate(cleared);
  int64_t place = 0;
  for (const Attribute& attribute : variant.attributes) {
    auto added = sql::execute(db_, "INSERT INTO variant_attribute (variant_id, position, name, value) VALUES (?, ?, ?, ?)", variant_id, place++, attribute.name,
                              attribute.value);
    if (!added) return propagate(added);
  }
  return variant_id;
}

Status ProductWriter::write_pictures(ProductId product, const ProductRecord& record, const std::vector<VariantId>& variants, bool fresh) {
  std::vector<OldPicture> old;
  if (!fresh) {
    sql::Rows rows = sql::query(db_, "SELECT id, content_id FROM picture WHERE product_id = ? ORDER BY position", product);
    while (rows.next()) old.push_back({.id = PictureId{rows.integer(0)}, .content = rows.integer(1)});
    if (!rows.ok()) return rows.failure();
  }
  int64_t position = 0;
  for (const PictureRecord& picture : record.pictures) {
    auto content = content_id(picture);
    if (!content) return propagate(content);
    const auto named = std::ranges::find(record.variants, picture.variant_key, &VariantRecord::key);
    std::optional<VariantId> variant;
    if (named != record.variants.end()) variant = variants[static_cast<size_t>(named - record.variants.begin())];
    const auto match = std::ranges::find_if(old, [&](const OldPicture& p) { return !p.kept && p.content == *content; });
    Status written;
    if (match != old.end()) {
      match->kept = true;
      written = picture.source_ref.empty()
                    ? sql::execute(db_, "UPDATE picture SET variant_id = ?, position = ? WHERE id = ?", variant, position, match->id)
                    : sql::execute(db_, "UPDATE picture SET variant_id = ?, position = ?, source_ref = ?, source_size = ?, source_mtime_ms = ? WHERE id = ?",
                                   variant, position, picture.source_ref, picture.source_size, picture.source_mtime_ms, match->id);
    } else {
      written = sql::execute(db_,
                             "INSERT INTO picture (product_id, variant_id, content_id, position, source_ref, source_size, source_mtime_ms)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?)",
                             product, variant, *content, position, picture.source_ref, picture.source_size, picture.source_mtime_ms);
    }
    if (!written) return written;
    ++position;
  }
  for (const OldPicture& picture : old) {
    if (picture.kept) continue;
    if (auto removed = sql::execute(db_, "DELETE FROM picture WHERE id = ?", picture.id); !removed) return removed;
    maybe_orphans_.insert(picture.content);
  }
  return {};
}

Result<int64_t> ProductWriter::content_id(const PictureRecord& picture) {
  auto found = sql::query_integer(db_, "SELECT id FROM content WHERE hash = ?", picture.content_hash);
  if (!found) return propagate(found);
  if (*found) return **found;
  auto made =
      sql::query_integer(db_, "INSERT INTO content (hash, width, height) VALUES (?, ?, ?) RETURNING id", picture.content_hash, picture.width, picture.height);
  if (!made) return propagate(made);
  return made->value_or(0);
}

// The same pictures, perhaps read from elsewhere or touched: remembered, so that they are not read again.
Status ProductWriter::refresh_sources(ProductId product, const ProductRecord& record) {
  int64_t position = 0;
  for (const PictureRecord& picture : record.pictures) {
    if (picture.source_ref.empty()) {
      ++position;
      continue;
    }
    auto refreshed = sql::execute(db_,
                                  "UPDATE picture SET source_ref = ?, source_size = ?, source_mtime_ms = ? WHERE product_id = ? AND position = ?"
                                  " AND (source_ref <> ? OR source_size <> ? OR source_mtime_ms <> ?)",
                                  picture.source_ref, picture.source_size, picture.source_mtime_ms, product, position++, picture.source_ref,
                                  picture.source_size, picture.source_mtime_ms);
    if (!refreshed) return refreshed;
  }
  return {};
}

Result<std::optional<ProductId>> ProductWriter::remove(const std::string& external_id) {
  auto id = sql::query_integer(db_, "SELECT id FROM product WHERE external_id = ?", external_id);
  if (!id) return propagate(id);
  if (!*id) return std::nullopt;
  {
    sql::Rows rows = sql::query(db_, "SELECT content_id FROM picture WHERE product_id = ?", **id);
    while (rows.next()) maybe_orphans_.insert(rows.integer(0));
    if (!rows.ok()) return rows.failure();
  }
  if (auto removed = remove_source_versions(db_, ProductId{**id}); !removed) return propagate(removed);
  if (auto removed = remove_search_words(db_, ProductId{**id}); !removed) return propagate(removed);
  if (auto removed = sql::execute(db_, "DELETE FROM product WHERE id = ?", **id); !removed) return propagate(removed);
  return ProductId{**id};
}

Status ProductWriter::remove_orphans() {
  for (const int64_t content : maybe_orphans_) {
    auto removed = sql::execute(db_, "DELETE FROM content WHERE id = ? AND NOT EXISTS (SELECT 1 FROM picture WHERE content_id = ?)", content, content);
    if (!removed) return removed;
  }
  maybe_orphans_.clear();
  return {};
}

namespace {

Status check_serving(sql::Connection& db, const ProductBatch& batch) {
  if (!batch.serving_encoder_only) return {};
  auto serving = serving_encoder(db);
  if (!serving) return propagate(serving);
  if (*serving == batch.encoder_id) return {};
  return fail(ErrorCode::kConflict, "encoder_switched",
              fmt::format("the catalogue has changed from {} to {} meanwhile; run the same command again: it takes up the rest with the new encoder",
                          batch.encoder_id, *serving));
}

}  // namespace

Result<std::vector<UpsertOutcome>> Catalog::upsert(const ProductBatch& batch) {
  return pool_->write([&](sql::Connection& db) -> Result<std::vector<UpsertOutcome>> {
    if (auto serves = check_serving(db, batch); !serves) return propagate(serves);
    ProductWriter writer(db);
    if (auto prepared = writer.prepare(batch.products); !prepared) return propagate(prepared);
    std::vector<UpsertOutcome> outcomes;
    std::vector<int64_t> changed;
    std::unordered_set<int64_t> seen;
    for (const ProductRecord& record : batch.products) {
      auto outcome = writer.upsert(record);
      if (!outcome) return propagate(outcome);
      const bool wrote = outcome->kind == UpsertKind::kCreated || outcome->kind == UpsertKind::kUpdated;
      if (wrote && seen.insert(outcome->id.value).second) changed.push_back(outcome->id.value);
      outcomes.push_back(std::move(*outcome));
    }
    std::unordered_set<int64_t> gained;
    if (auto stored = store_embeddings(db, batch.encoder_id, batch.embeddings, gained); !stored) return propagate(stored);
    for (UpsertOutcome& outcome : outcomes) {
      if (outcome.kind == UpsertKind::kUnchanged && gained.contains(outcome.id.value)) outcome.kind = UpsertKind::kUpdated;
    }
    for (const int64_t product : gained) {
      if (seen.insert(product).second) changed.push_back(product);
    }
    if (auto removed = writer.remove_orphans(); !removed) return propagate(removed);
    if (auto logged = append_changes(db, ChangeKind::kProduct, changed); !logged) return propagate(logged);
    if (batch.progress) {
      if (auto stored = store_progress(db, progress_with(batch, outcomes)); !stored) return propagate(stored);
    }
    return outcomes;
  });
}

Result<int64_t> Catalog::delete_products(const std::vector<std::string>& external_ids) {
  return pool_->write([&](sql::Connection& db) -> Result<int64_t> {
    ProductWriter writer(db);
    std::vector<int64_t> gone;
    for (const std::string& external_id : external_ids) {
      auto removed = writer.remove(external_id);
      if (!removed) return propagate(removed, fmt::format("deleting product {}", external_id));
      if (*removed) gone.push_back((*removed)->value);
    }
    if (auto removed = writer.remove_orphans(); !removed) return propagate(removed);
    if (auto logged = append_changes(db, ChangeKind::kProductDeleted, gone); !logged) return propagate(logged);
    return std::ssize(gone);
  });
}

}  // namespace nozama
