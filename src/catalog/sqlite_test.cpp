// What only a file has: damage, other programs, a full disk.
#include "catalog/sqlite.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <fstream>

#include "base/file.h"
#include "catalog/migrations.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

void run_sql(const std::filesystem::path& path, const std::string& statements) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, statements.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

void write_bytes(const std::filesystem::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::unique_ptr<Catalog> open_or_die(const std::filesystem::path& path) {
  auto opened = Catalog::open(path, {.create = true});
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

// Everything that the sample products have, as text.
std::string describe(Catalog& catalog) {
  std::string text;
  for (const char* id : {"a", "b"}) {
    const auto product = catalog.product(id, "en");
    if (!product) return product.error().message;
    text += product->card.title + product->card.category_name + product->description;
    for (const auto& attribute : product->attributes) text += attribute.name + attribute.value;
    for (const auto& picture : product->pictures) text += picture.content_hash + picture.source_ref;
  }
  const auto fed = catalog.for_each_indexable("encoder-a", [&](const IndexRow& row) -> Status {
    text += as_text(row.embedding);
    return {};
  });
  return text + (fed ? std::to_string(*fed) : fed.error().message);
}

TEST(SqliteCatalog, AMissingCatalogueNamesTheRemedy) {
  SqliteStore store;
  const auto opened = store.open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(opened.error().reason, "no_catalogue");
  EXPECT_THAT(opened.error().message, HasSubstr("nozama import"));
  EXPECT_THAT(opened.error().message, HasSubstr(store.path().string()));
  EXPECT_FALSE(std::filesystem::exists(store.path())) << "asking makes nothing";
}

TEST(SqliteCatalog, AnEmptyFileIsNoCatalogueYet) {
  SqliteStore store;
  write_bytes(store.path(), "");
  EXPECT_EQ(store.open({}).error().reason, "no_catalogue");
  EXPECT_TRUE(store.open({.create = true}));
}

TEST(SqliteCatalog, AnotherProgramsFileIsRefused) {
  SqliteStore text;
  write_bytes(text.path(), std::string(5000, 'x'));
  EXPECT_EQ(text.open({.create = true}).error().reason, "not_a_catalogue");
  EXPECT_EQ(text.open({.create = true}).error().code, ErrorCode::kCorrupt);
  SqliteStore other;
  run_sql(other.path(), "CREATE TABLE song (id INTEGER); INSERT INTO song VALUES (1);");
  EXPECT_EQ(other.open({.create = true}).error().reason, "not_a_catalogue");
  SqliteStore meta;
  run_sql(meta.path(), "CREATE TABLE meta (key TEXT, value TEXT);");
  EXPECT_EQ(meta.open({.create = true}).error().reason, "not_a_catalogue");
}

TEST(SqliteCatalog, ANewerDatabaseNamesBothVersions) {
  SqliteStore store;
  open_or_die(store.path());
  run_sql(store.path(), "UPDATE meta SET value = '4711' WHERE key IN ('schema_version', 'compatible_since')");
  const auto opened = store.open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(opened.error().reason, "newer_database");
  EXPECT_THAT(opened.error().message, HasSubstr("4711"));
  EXPECT_THAT(opened.error().message, HasSubstr("up to " + std::to_string(newest_schema_version())));
}

TEST(SqliteCatalog, ATruncatedFileIsCorruptAndNeverACrash) {
  SqliteStore store;
  ASSERT_TRUE(open_or_die(store.path())->upsert(sample_batch({"a", "b"})));
  const std::string complete = describe(*open_or_die(store.path()));
  EXPECT_THAT(complete, HasSubstr("Chair b"));
  const auto whole = read_file(store.path());
  ASSERT_TRUE(whole);
  for (size_t size = 1; size < whole->size(); size += 4096 + 61) {
    SqliteStore cut;
    write_bytes(cut.path(), std::string(as_text(*whole).substr(0, size)));
    const auto opened = cut.open({});
    if (opened) {
      // The end of the last page may hold nothing: then nothing is lost either.
      const auto checked = (*opened)->check();
      const bool noticed = !checked || !checked->empty();
      EXPECT_TRUE(noticed || describe(**opened) == complete) << size << " bytes pass for a whole catalogue";
    } else {
      EXPECT_EQ(opened.error().code, ErrorCode::kCorrupt) << size << ": " << opened.error().message;
    }
  }
}

TEST(SqliteCatalog, FlippedBytesAreErrorsOrDataAndNeverACrash) {
  SqliteStore store;
  ASSERT_TRUE(open_or_die(store.path())->upsert(sample_batch({"a"})));
  const auto whole = read_file(store.path());
  ASSERT_TRUE(whole);
  SqliteStore flipped;
  size_t refused = 0;
  for (size_t at = 0; at < whole->size(); at += at < 200 ? 1 : 499) {
    std::string bytes(as_text(*whole));
    bytes[at] = static_cast<char>(bytes[at] ^ 0xFF);
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(flipped.path().string() + suffix);
    write_bytes(flipped.path(), bytes);
    auto opened = flipped.open({});
    if (!opened) {
      ++refused;
      EXPECT_NE(opened.error().code, ErrorCode::kInternal) << at << ": " << opened.error().message;
      continue;
    }
    for (const Status& used :
         {status_of((*opened)->product("a", "en")), status_of((*opened)->categories("en")), status_of((*opened)->upsert(sample_batch({"a", "z"}))),
          status_of((*opened)->for_each_indexable("encoder-a", [](const IndexRow&) { return Status(); })), status_of((*opened)->check())}) {
      if (!used) ++refused;
    }
  }
  EXPECT_GT(refused, 16U) << "at least the damaged file header is noticed";
}

TEST(SqliteCatalog, CheckFindsWhatIsWrong) {
  SqliteStore store;
  ASSERT_TRUE(open_or_die(store.path())->upsert(sample_batch({"a"})));
  EXPECT_THAT(*open_or_die(store.path())->check(), IsEmpty());
  run_sql(store.path(), "UPDATE embedding SET vector = x'00' WHERE id = 1; DELETE FROM change;");
  const auto problems = open_or_die(store.path())->check();
  ASSERT_TRUE(problems);
  EXPECT_EQ(problems->size(), 2U);
  const auto fed = open_or_die(store.path())->for_each_indexable("encoder-a", [](const IndexRow&) { return Status(); });
  EXPECT_EQ(fed.error().code, ErrorCode::kCorrupt);
}

// features: I1
TEST(SqliteCatalog, AFullDiskLosesNothingAndWorkGoesOnWithRoom) {
  SqliteStore store;
  ASSERT_TRUE(open_or_die(store.path())->upsert(sample_batch({"a"})));
  const int64_t pages = static_cast<int64_t>(std::filesystem::file_size(store.path())) / 8192;
  const auto open_limited = [&](int64_t pages_max) {
    return Catalog::attach(
        std::make_unique<sql::Pool>([path = store.path(), pages_max](sql::Access access) { return sql::open_sqlite(path, access, {.pages_max = pages_max}); }));
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 400; ++i) ids.push_back("p" + std::to_string(i));
  {
    auto full = open_limited(pages + 3);
    ASSERT_TRUE(full) << full.error().message;
    const auto failed = (*full)->upsert(sample_batch(ids));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(failed.error().reason, "disk_full");
    EXPECT_EQ((*full)->stats()->products, 1);
    EXPECT_EQ(*(*full)->current_seq(), 1);
    EXPECT_THAT(*(*full)->check(), IsEmpty());
  }
  auto roomy = open_limited(0);
  ASSERT_TRUE(roomy);
  EXPECT_TRUE((*roomy)->upsert(sample_batch(ids)));
  EXPECT_EQ((*roomy)->stats()->products, 401);
}

}  // namespace
}  // namespace nozama
