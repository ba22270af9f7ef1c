// What the catalogue's tests share: ways to open one (a contract suite runs on each), and sample records.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/half.h"
#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/postgres.h"
#include "catalog/sqlite.h"

namespace nozama {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("nozama-catalog-" + random_hex(8))) { std::filesystem::create_directories(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A place where one catalogue can live; each starts empty.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<Catalog>> open(CatalogOptions options) = 0;
  // A bare connection beside the catalogue's; a writer's makes the database.
  virtual Result<std::unique_ptr<sql::Connection>> connect(sql::Access access) = 0;
};

class SqliteStore final : public Store {
 public:
  Result<std::unique_ptr<Catalog>> open(CatalogOptions options) override { return Catalog::open(path(), options); }
  Result<std::unique_ptr<sql::Connection>> connect(sql::Access access) override { return sql::open_sqlite(path(), access, {}); }
  std::filesystem::path path() const { return folder_.path() / "catalogue.db"; }

 private:
  TemporaryFolder folder_;
};

// A schema of its own in the server that scripts/test.sh has started; scripts/postgres_for_tests.sh starts one by hand.
class PostgresStore final : public Store {
 public:
  static constexpr const char* kVariable = "NOZAMA_TEST_DATABASE";
  static bool available() { return std::getenv(kVariable) != nullptr; }

  PostgresStore() : server_(std::getenv(kVariable)), schema_("test_" + random_hex(8)) { run_on_server("CREATE SCHEMA " + schema_); }
  PostgresStore(const PostgresStore&) = delete;
  PostgresStore& operator=(const PostgresStore&) = delete;
  ~PostgresStore() override { run_on_server("DROP SCHEMA " + schema_ + " CASCADE"); }

  Result<std::unique_ptr<Catalog>> open(CatalogOptions options) override { return Catalog::connect(url(), options); }
  Result<std::unique_ptr<sql::Connection>> connect(sql::Access access) override { return sql::open_postgres(url(), access, {}); }
  std::string url() const { return server_ + "?options=-csearch_path%3D" + schema_; }

 private:
  void run_on_server(const std::string& statement) {
    auto connection = sql::open_postgres(server_, sql::Access::kWrite, {});
    ASSERT_TRUE(connection) << connection.error().message;
    const auto run = (*connection)->run_schema(statement);
    ASSERT_TRUE(run) << run.error().message;
  }

  std::string server_, schema_;
};

// Turns a store's catalogue into one of an earlier schema, its rows kept: without what the later steps have made.
inline void make_older(Store& store, int version) {
  auto db = store.connect(sql::Access::kWrite);
  ASSERT_TRUE(db) << db.error().message;
  std::string statements;
  if (version < 11) statements += "DROP TABLE IF EXISTS webhook; DROP TABLE IF EXISTS webhook_delivery;";
  if (version < 10) statements += "DROP TABLE IF EXISTS curation_rule;";
  if (version < 9) {
    statements += "DROP TABLE IF EXISTS recall_hour; DROP TABLE IF EXISTS query_log; DROP INDEX IF EXISTS event_time; DROP INDEX IF EXISTS event_query;";
    if (version >= 4) statements += "ALTER TABLE event DROP COLUMN query_id; ALTER TABLE event DROP COLUMN place;";
  }
  if (version < 8)
    statements +=
        "ALTER TABLE api_key DROP COLUMN origins; DROP TABLE IF EXISTS account_session; DROP TABLE IF EXISTS account_link; DROP TABLE IF EXISTS account; DROP "
        "TABLE IF EXISTS audit_log;";
  if (version < 6) statements += "DROP TABLE IF EXISTS api_key;";
  if (version < 7)
    statements += "DROP TABLE IF EXISTS order_status; DROP TABLE IF EXISTS order_line; DROP TABLE IF EXISTS orders; DROP TABLE IF EXISTS favourite;";
  if (version < 5) statements += "DROP TABLE IF EXISTS source_version;";
  if (version < 4) statements += "DROP TABLE IF EXISTS product_relation; DROP TABLE IF EXISTS event; DROP TABLE IF EXISTS product_feature;";
  if (version < 3)
    statements += (*db)->dialect() == sql::Dialect::kSqlite ? "DROP TABLE product_words; DROP TABLE product_search;" : "DROP TABLE product_search;";
  if (version < 2) statements += "DROP TABLE content_look;";
  statements += "UPDATE meta SET value = '" + std::to_string(version) + "' WHERE key = 'schema_version';";
  const auto done = (*db)->run_schema(statements);
  ASSERT_TRUE(done) << done.error().message;
}

struct StoreKind {
  const char* name;
  bool (*available)();
  std::unique_ptr<Store> (*make)();
};

inline const StoreKind kStoreKinds[] = {
    {"sqlite", [] { return true; }, []() -> std::unique_ptr<Store> { return std::make_unique<SqliteStore>(); }},
    {"postgres", &PostgresStore::available, []() -> std::unique_ptr<Store> { return std::make_unique<PostgresStore>(); }},
};

// A test of what every place has to keep.
class StoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (!GetParam().available()) GTEST_SKIP() << "no server: " << PostgresStore::kVariable << " is not set; ./dev test sets it";
    store_ = GetParam().make();
  }

  std::unique_ptr<Store> store_;
};

class CatalogContract : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    if (store_ != nullptr) reopen();
  }
  void reopen() {
    catalog_.reset();
    auto opened = store_->open({.create = true});
    ASSERT_TRUE(opened) << opened.error().message;
    catalog_ = std::move(*opened);
  }
  UpsertOutcome upsert(const ProductRecord& record) {
    ProductBatch batch;
    batch.products = {record};
    auto outcomes = catalog_->upsert(batch);
    EXPECT_TRUE(outcomes) << outcomes.error().message;
    return outcomes ? outcomes->front() : UpsertOutcome{};
  }

  std::unique_ptr<Catalog> catalog_;
};

inline std::string store_name(const testing::TestParamInfo<StoreKind>& kind) { return kind.param.name; }

#define NOZAMA_ON_EVERY_STORE(suite) INSTANTIATE_TEST_SUITE_P(EveryStore, suite, testing::ValuesIn(kStoreKinds), store_name)

template <class T>
Status status_of(const Result<T>& result) {
  return result ? Status() : Status(propagate(result));
}

inline std::string hash_of(const std::string& content) { return content_hash(std::as_bytes(std::span(content))); }

inline PictureRecord sample_picture(const std::string& content) {
  return {.content_hash = hash_of(content),
          .width = 640,
          .height = 480,
          .variant_key = "",
          .source_ref = "/shop/" + content + ".webp",
          .source_size = 1000,
          .source_mtime_ms = 5000};
}

inline ProductRecord sample_product(const std::string& id, const std::string& title = "Oak chair") {
  ProductRecord record;
  record.external_id = id;
  record.texts = {{.lang = "en", .title = title, .description = "A chair of oak."}, {.lang = "de", .title = "Eichenstuhl", .description = ""}};
  record.brand = "Studio Holz";
  record.price_minor = 12950;
  record.currency = "EUR";
  record.stock = 7;
  record.rating = 4.5;
  record.rating_count = 12;
  record.url = "https://shop.example/" + id;
  record.category_path = {"Living room", "Chairs"};
  record.pictures = {sample_picture(id + "-front"), sample_picture(id + "-side")};
  record.attributes = {{.name = "creator", .value = "Åse"}, {.name = "licence", .value = "CC-BY"}};
  return record;
}

inline PictureLook sample_look(uint64_t hash = 1) {
  return {.perceptual_hash = hash, .colour_layout = std::vector<std::byte>(48, std::byte{0x80}), .colours = {{.name = "red", .hex = "#b03a2e", .share = 0.62}}};
}

inline EmbeddingRecord sample_embedding(const std::string& content, float first, size_t dimensions = 8) {
  std::vector<float> values(dimensions, 0.25F);
  values[0] = first;
  return {.content_hash = hash_of(content), .half_bytes = encode_half(values), .look = sample_look(static_cast<uint64_t>(first))};
}

inline ProductBatch sample_batch(const std::vector<std::string>& ids) {
  ProductBatch batch;
  batch.encoder_id = "encoder-a";
  for (const std::string& id : ids) {
    batch.products.push_back(sample_product(id, "Chair " + id));
    batch.embeddings.push_back(sample_embedding(id + "-front", 1.0F));
    batch.embeddings.push_back(sample_embedding(id + "-side", 2.0F));
  }
  return batch;
}

}  // namespace nozama
