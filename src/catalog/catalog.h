// The shop's rows: products, pictures, embeddings, categories, models, changes and jobs. The only SQL of
// the product is behind this header. The database is the truth; the index is derived from it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/jobs.h"
#include "catalog/records.h"
#include "catalog/serving.h"
#include "catalog/source_versions.h"

namespace nozama {

namespace sql {
class Pool;
}

struct CatalogOptions {
  bool create = false;           // make the database when it is missing
  int busy_timeout_ms = 15'000;  // how long to wait for another process's write before kBusy
};

// Products, their embeddings and the job's progress: one transaction, all or nothing. To the progress's counters upsert() adds what
// became of the products (created, updated, unchanged, failed), and to its errors those of rejected records.
struct ProductBatch {
  std::vector<ProductRecord> products;
  std::string encoder_id;  // of the embeddings; precision is part of it
  // Refuse the batch (kConflict "encoder_switched") when another encoder serves by now: its index would lack these pictures.
  bool serving_encoder_only = false;
  std::vector<EmbeddingRecord> embeddings;
  std::optional<JobProgress> progress;
};

// A text search's total is counted up to here.
inline constexpr int64_t kTextMatchesCountedMax = 10'000;

// Thread-safe, and safe beside other processes that hold the same database: readers see a consistent
// state and never wait; writers take turns. What a call has returned as done survives kill -9 and loss
// of power. Errors of every call: kBusy "database_locked", kUnavailable "disk_full" or "disk_failed",
// kCorrupt "database_damaged", and of a server kUnavailable "database_unreachable"; after each of them nothing of that call is stored.
class Catalog {
 public:
  // kNotFound "no_catalogue" when missing and not to be created; kCorrupt "not_a_catalogue" when the file is something else or
  // damaged; kUnsupported "newer_database" when a newer program made it. An older database is migrated.
  static Result<std::unique_ptr<Catalog>> open(const std::filesystem::path& path, CatalogOptions options = {});
  // The same in a PostgreSQL database, named by a URL; its errors beside these are open_postgres()'s.
  static Result<std::unique_ptr<Catalog>> connect(const std::string& url, CatalogOptions options = {});
  // The same over connections that someone else opens (another database, a faulty one in tests).
  static Result<std::unique_ptr<Catalog>> attach(std::unique_ptr<sql::Pool> pool, CatalogOptions options = {});
  ~Catalog();

  // Random, made with the database: tells an index snapshot of another catalogue.
  const std::string& catalogue_id() const { return catalogue_id_; }
  // For the stores of other kinds of rows beside this header.
  sql::Pool& pool() { return *pool_; }

  // Outcomes in the order of batch.products. A record that breaks a rule of records.h, or that `replaces` another state than the stored one
  // (kConflict "changed_meanwhile"), is kRejected and the others are stored. An unchanged product writes nothing; any other one change entry. Pictures whose
  // content hash stays keep their id and embedding. Embeddings of unknown hashes are dropped. A lost job
  // lease (kConflict "lease_lost") stores nothing.
  Result<std::vector<UpsertOutcome>> upsert(const ProductBatch& batch);
  // Returns how many of them existed. Each leaves a tombstone in the change log.
  Result<int64_t> delete_products(const std::vector<std::string>& external_ids);

  // What upsert() would do with each record, told without writing; `errors` gets one entry a record, of rejected ones the reason.
  Result<std::vector<UpsertKind>> preview(const std::vector<ProductRecord>& records, std::vector<Error>& errors);

  // In the order asked for; ids that no longer exist are left out. One query.
  Result<std::vector<ProductCard>> cards(const std::vector<ProductId>& ids, const std::string& lang);
  // kNotFound "unknown_product".
  Result<ProductDetails> product(const std::string& external_id, const std::string& lang);
  // kNotFound "unknown_category". At most 1000 a page.
  Result<ProductPage> list(const ProductListQuery& query);
  // Products that have every word of `text`, the last one as a beginning, whatever the case and the diacritics: in title or brand first, then
  // those that have some elsewhere (description, attributes, variants, category, id); by arrival within. `sort` and `offset` are not used.
  Result<ProductPage> search_text(const ProductListQuery& query);
  // All that search_text() would list in every category, in that order; at most `limit`.
  Result<std::vector<ProductId>> text_matches(const std::string& text, size_t limit);
  // Aligned with the argument; nullopt = unknown.
  Result<std::vector<std::optional<ProductId>>> product_ids(const std::vector<std::string>& external_ids);

  // In the order asked for; those that no longer exist are left out.
  Result<std::vector<std::string>> external_ids(const std::vector<ProductId>& ids);

  // Everything that upsert() stores of them, in the order asked for; those that no longer exist are left out.
  Result<std::vector<StoredProduct>> records(const std::vector<ProductId>& ids);

  // In order of id, those after `after`.
  Result<std::vector<ProductKey>> product_keys(ProductId after, int limit);
  Result<ProductId> newest_product();  // {0} = there are none

  // In the product's order; empty for an unknown product.
  Result<std::vector<RelationRecord>> relations(const std::string& external_id);
  Result<SignalCounts> save_events(const std::vector<EventRecord>& events);  // the same event again changes nothing but its value
  Result<std::vector<EventRecord>> events(const std::string& external_id);   // of one product, oldest first
  // Numbers under a name, one row a product; gone with it.
  Result<SignalCounts> save_features(const std::string& name, const std::vector<FeatureRecord>& features);
  Result<std::vector<std::byte>> feature(const std::string& name, const std::string& external_id);  // half numbers; empty = none

  // Every category, parents before their children, siblings by name.
  Result<std::vector<CategoryNode>> categories(const std::string& lang);
  Result<CategoryId> category_by_slug(const std::string& slug);  // kNotFound "unknown_category"
  // The category and all below it.
  Result<std::vector<CategoryId>> category_descendants(CategoryId category);
  // Finds or makes each step of the path; the slug comes from the name.
  Result<CategoryId> ensure_category(const std::vector<std::string>& path);
  Result<std::vector<std::string>> category_path(CategoryId category);  // names, root first
  Status set_category_names(CategoryId category, const std::vector<LocalizedName>& names);

  // Aligned with the argument; a file with the same reference, size and time need not be read again.
  Result<std::vector<std::optional<KnownPicture>>> known_sources(const std::vector<SourceKey>& keys, const std::string& encoder_id);
  // Those of the hashes that the catalogue has a picture of, aligned with the argument.
  Result<std::vector<std::optional<KnownPicture>>> known_hashes(const std::vector<std::string>& hashes, const std::string& encoder_id);
  // Of pictures with a URL, aligned with the argument.
  Result<std::vector<std::optional<SourceVersion>>> source_versions(const std::vector<std::string>& source_refs);
  Status save_source_versions(const std::vector<SourceVersion>& versions);
  // One use of the picture; kNotFound "unknown_picture".
  Result<PictureDetails> picture_by_hash(const std::string& content_hash);
  // Pictures that wait for an embedding, oldest first, one a content hash.
  Result<std::vector<PictureDetails>> pictures_without_embedding(const std::string& encoder_id, PictureId after, int limit);
  // Adds embeddings, and looks where they are missing, alone (a change of encoder). Products that gain one get a
  // change entry, unless it is of an encoder that does not serve.
  Status save_embeddings(const std::string& encoder_id, const std::vector<EmbeddingRecord>& embeddings);

  // Every distinct picture that has a look, by content id.
  Result<std::vector<Fingerprint>> fingerprints();
  // Half numbers; empty when the content has no embedding of the encoder.
  Result<std::vector<std::byte>> embedding(const std::string& encoder_id, ContentId content);
  // Products whose pictures move to another group get a change entry. Unknown contents are left out.
  Status set_duplicate_groups(const std::vector<DuplicateGroup>& groups);
  // Every use of a picture whose group has several uses; those of a group are adjacent.
  Result<std::vector<DuplicatePicture>> near_duplicates();

  // Feeds of the index and of training: consistent, in constant memory; a product's rows are adjacent.
  // An error of the callback stops the feed and is returned. The callback may call the catalogue.
  using IndexCallback = std::function<Status(const IndexRow&)>;
  using AttributeCallback = std::function<Status(const AttributeRow&)>;
  // Returns the change seq that the rows reflect.
  Result<int64_t> for_each_indexable(const std::string& encoder_id, const IndexCallback& callback);
  // The same of some products; those without rows (deleted, no embedding) do not appear.
  Result<int64_t> for_each_indexable(const std::string& encoder_id, const std::vector<ProductId>& products, const IndexCallback& callback);
  using KeywordCallback = std::function<Status(const KeywordRow&)>;
  Status for_each_keyword(const std::vector<ProductId>& products, const KeywordCallback& callback);
  // Every attribute of every product, in the product's order, then of every variant.
  Status for_each_attribute(const AttributeCallback& callback);

  // The change log: the order of seq is the order of commits.
  Result<int64_t> current_seq();  // 0 = nothing ever changed
  // Entries after `after_seq`, oldest first. kConflict "changes_trimmed" or "changes_ahead" when the log
  // does not reach back, or not yet, so far: the index must be rebuilt.
  Result<std::vector<Change>> read_changes(int64_t after_seq, int limit);
  // Forgets entries up to and including `seq`.
  Status trim_changes(int64_t seq);

  Result<ProjectionId> save_projection(const ModelBlob& projection);
  Result<ModelBlob> projection(ProjectionId id);  // kNotFound "unknown_projection"
  Result<HeadId> save_head(const ModelBlob& head);
  Result<ModelBlob> head(HeadId id);  // kNotFound "unknown_head"
  Result<ServingRow> serving();
  // Bumps the generation and writes a change entry, in one transaction. Returns the new generation. With `expected_seq`,
  // kConflict "changed_meanwhile" when anything has changed since: what was found true at that seq still is.
  Result<int64_t> switch_serving(const ServingRow& row, std::optional<int64_t> expected_seq = std::nullopt);

  Result<int64_t> embedding_count(const std::string& encoder_id);
  // What an earlier encoder or training has left behind and nothing serves; it makes going back quick.
  Result<UnusedModels> unused_models();
  // Removes it, in steps, so that other writers get their turn. Returns what was removed.
  Result<UnusedModels> prune_unused_models();

  // Continues the interrupted job of this kind and source, or starts one. kConflict "job_running" when a
  // live process holds the kind.
  Result<JobRecord> begin_job(const JobStart& start);
  Status report_job(const JobProgress& progress);  // kConflict "lease_lost"
  Status finish_job(JobId id, const std::string& owner, JobState state, const std::string& message);
  Result<JobRecord> job(JobId id);                 // kNotFound "unknown_job"
  Result<std::vector<JobRecord>> jobs(int limit);  // newest first
  Result<std::vector<JobError>> job_errors(JobId id, int64_t offset, int limit);

  Result<std::optional<std::string>> setting(const std::string& key);
  Status set_setting(const std::string& key, const std::string& value);
  Result<CatalogStats> stats();
  // Every problem found, in words; empty = sound. Reads the whole database.
  Result<std::vector<std::string>> check();

 private:
  Catalog(std::unique_ptr<sql::Pool> pool, std::string catalogue_id);

  std::unique_ptr<sql::Pool> pool_;
  std::string catalogue_id_;
};

}  // namespace nozama
