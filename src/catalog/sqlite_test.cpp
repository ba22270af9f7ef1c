// What only a file has: damage, other programs, other processes, a full disk, sudden death.
#include "catalog/sqlite.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

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
  run_sql(store.path(), "UPDATE meta SET value = '4711' WHERE key = 'schema_version'");
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

TEST(SqliteCatalog, ALongWriteOfAnotherProcessIsBusyAndReadersGoOn) {
  SqliteStore store;
  open_or_die(store.path());
  auto catalog = store.open({.busy_timeout_ms = 20});
  ASSERT_TRUE(catalog);
  auto other = sql::open_sqlite(store.path(), sql::Access::kWrite, {});
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->begin(sql::Access::kWrite));
  const auto refused = (*catalog)->upsert(sample_batch({"a"}));
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_EQ(refused.error().reason, "database_locked");
  EXPECT_TRUE((*catalog)->product_ids({"a"})) << "readers never wait";
  (*other)->roll_back();
  EXPECT_TRUE((*catalog)->upsert(sample_batch({"a"})));
}

// A child writes batches of ten products and says after each commit how many are acknowledged.
[[noreturn]] void write_until_killed(const std::filesystem::path& path, int acknowledged) {
  auto catalog = Catalog::open(path, {.create = true});
  if (!catalog) _exit(1);
  for (int batch = 0;; ++batch) {
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) ids.push_back("p" + std::to_string(batch * 10 + i));
    if (!(*catalog)->upsert(sample_batch(ids))) _exit(2);
    if (write(acknowledged, "x", 1) != 1) _exit(3);
  }
}

// features: G4
TEST(SqliteCatalog, KillAtAnyMomentLosesNothingAcknowledgedAndLeavesNoHalfBatch) {
  SqliteStore store;
  for (int round = 0; round < 12; ++round) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      write_until_killed(store.path(), pipes[1]);
    }
    close(pipes[1]);
    // The first rounds die while the file is made, the later ones amid the commits.
    int64_t acknowledged = 0;
    char byte = 0;
    while (acknowledged < round - 3 && read(pipes[0], &byte, 1) == 1) ++acknowledged;
    std::this_thread::sleep_for(std::chrono::milliseconds(3 * (round % 4)));
    kill(child, SIGKILL);
    while (read(pipes[0], &byte, 1) == 1) ++acknowledged;
    close(pipes[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child stopped by itself with " << WEXITSTATUS(status);
    auto catalog = Catalog::open(store.path(), {.create = true});
    ASSERT_TRUE(catalog) << catalog.error().message;
    const auto stats = (*catalog)->stats();
    EXPECT_GE(stats->products, 10 * acknowledged) << "round " << round;
    EXPECT_EQ(stats->products % 10, 0);
    EXPECT_EQ(stats->embeddings, 2 * stats->products);
    EXPECT_EQ(stats->change_seq, stats->products) << "written again in each round, yet changed once";
    EXPECT_THAT(*(*catalog)->check(), IsEmpty());
  }
}

TEST(SqliteCatalog, SeveralProcessesCreateAndWriteOneCatalogue) {
  SqliteStore store;
  std::vector<pid_t> children;
  for (int process = 0; process < 3; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      auto catalog = Catalog::open(store.path(), {.create = true});
      if (!catalog) _exit(1);
      for (int i = 0; i < 15; ++i) {
        if (!(*catalog)->upsert(sample_batch({"p" + std::to_string(process) + "-" + std::to_string(i)}))) _exit(2);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  auto catalog = store.open({});
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ((*catalog)->stats()->products, 45);
  EXPECT_EQ(*(*catalog)->current_seq(), 45);
}

TEST(SqliteCatalog, AChangeOfOneProcessIsSeenByAnother) {
  SqliteStore store;
  auto serve = open_or_die(store.path());
  auto import = open_or_die(store.path());
  ASSERT_TRUE(import->upsert(sample_batch({"a"})));
  EXPECT_EQ(*serve->current_seq(), 1);
  EXPECT_TRUE(serve->product("a", "en"));
}

TEST(SqliteCatalog, AFeedReadsOneStateWhileOthersWrite) {
  SqliteStore store;
  auto catalog = open_or_die(store.path());
  ASSERT_TRUE(catalog->upsert(sample_batch({"a", "b"})));
  int rows = 0;
  auto seq = catalog->for_each_indexable("encoder-a", [&](const IndexRow&) -> Status {
    if (rows++ == 0) return status_of(catalog->upsert(sample_batch({"c"})));
    return {};
  });
  ASSERT_TRUE(seq) << seq.error().message;
  EXPECT_EQ(*seq, 2) << "the rows are those of the state the feed began with";
  EXPECT_EQ(rows, 4);
  EXPECT_EQ(*catalog->current_seq(), 3);
}

}  // namespace
}  // namespace nozama
