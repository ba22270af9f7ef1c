// What only a server has: refused logins, lost connections, statements that nobody waits for.
#include "catalog/postgres.h"

#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PostgresCatalog : public testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresStore::available()) GTEST_SKIP() << "no server: " << PostgresStore::kVariable << " is not set; ./dev test sets it";
    store_ = std::make_unique<PostgresStore>();
  }

  std::unique_ptr<Catalog> make_catalog() {
    auto opened = store_->open({.create = true});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

  // The server's URL with one part replaced.
  std::string url_with(const std::string& part, const std::string& other) const {
    std::string url = store_->url();
    const size_t at = url.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return url.replace(at, part.size(), other);
  }

  static Error refusal(const std::string& url) {
    auto opened = Catalog::connect(url, {.create = true});
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }

  std::unique_ptr<PostgresStore> store_;
};

TEST_F(PostgresCatalog, AWrongPasswordIsNamedAndNeverShown) {
  const Error error = refusal(url_with(":nozama-test@", ":secret-guess@"));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.reason, "database_login");
  EXPECT_THAT(error.message, AllOf(HasSubstr("password"), HasSubstr("--database"), Not(HasSubstr("secret-guess"))));
}

TEST_F(PostgresCatalog, AMissingDatabaseNamesTheRemedy) {
  const Error error = refusal(url_with("/nozama?", "/elsewhere?"));
  EXPECT_EQ(error.reason, "database_missing");
  EXPECT_THAT(error.message, AllOf(HasSubstr("elsewhere"), HasSubstr("createdb")));
}

TEST_F(PostgresCatalog, AServerThatIsNotThereIsUnreachable) {
  const Error error = refusal("postgresql://nozama:secret@127.0.0.1:1/nozama");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.reason, "database_unreachable");
  EXPECT_THAT(error.message, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("running"), Not(HasSubstr("secret"))));
}

TEST_F(PostgresCatalog, ABadUrlIsNotRepeated) {
  const Error error = refusal("postgresql://nozama:se@cret@host:port:5/x?y");
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.reason, "bad_database_url");
  EXPECT_THAT(error.message, Not(HasSubstr("cret")));
}

TEST_F(PostgresCatalog, AnotherProgramsTablesAreRefused) {
  ASSERT_TRUE((*store_->connect(sql::Access::kWrite))->run_schema("CREATE TABLE song (id BIGINT)"));
  EXPECT_EQ(store_->open({.create = true}).error().reason, "not_a_catalogue");
}

TEST_F(PostgresCatalog, ANewerDatabaseIsRefused) {
  make_catalog();
  ASSERT_TRUE((*store_->connect(sql::Access::kWrite))->run_schema("UPDATE meta SET value = '4711' WHERE key IN ('schema_version', 'compatible_since')"));
  const auto opened = store_->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().reason, "newer_database");
}

// features: I1
TEST_F(PostgresCatalog, ConnectionsThatTheServerClosedAreMadeAnew) {
  auto catalog = Catalog::connect(store_->url() + "&application_name=to_be_closed", {.create = true});
  ASSERT_TRUE(catalog) << catalog.error().message;
  ASSERT_TRUE((*catalog)->upsert(sample_batch({"a"})));
  for (int round = 0; round < 3; ++round) {
    auto other = store_->connect(sql::Access::kWrite);
    ASSERT_TRUE((*other)->run_schema("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'to_be_closed'"));
    EXPECT_TRUE((*catalog)->product("a", "en"));
    EXPECT_TRUE((*catalog)->upsert(sample_batch({"b" + std::to_string(round)})));
  }
  EXPECT_EQ((*catalog)->stats()->products, 4);
}

TEST_F(PostgresCatalog, AConnectionLostAmidACallFailsTheCallAndTheNextOneWorks) {
  auto catalog = Catalog::connect(store_->url() + "&application_name=lost_amid", {.create = true});
  ASSERT_TRUE(catalog) << catalog.error().message;
  std::vector<std::string> ids;
  for (int i = 0; i < 2000; ++i) ids.push_back("p" + std::to_string(i));
  ASSERT_TRUE((*catalog)->upsert(sample_batch(ids)));
  auto other = store_->connect(sql::Access::kWrite);
  int rows = 0;
  const auto fed = (*catalog)->for_each_indexable("encoder-a", [&](const IndexRow&) -> Status {
    if (rows++ > 0) return {};
    return (*other)->run_schema("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'lost_amid'");
  });
  EXPECT_TRUE(fed || fed.error().reason == "database_unreachable") << fed.error().message;
  EXPECT_EQ((*catalog)->stats()->products, 2000);
}

class PostgresConnection : public PostgresCatalog {
 protected:
  void SetUp() override {
    PostgresCatalog::SetUp();
    if (store_ == nullptr) return;
    auto opened = store_->connect(sql::Access::kWrite);
    ASSERT_TRUE(opened) << opened.error().message;
    db_ = std::move(*opened);
    ASSERT_TRUE(db_->run_schema("CREATE TABLE item (id $ID$, name TEXT NOT NULL UNIQUE, weight DOUBLE PRECISION, data $BYTES$)"));
  }
  Status add(const std::string& name) { return sql::execute(*db_, "INSERT INTO item (name) VALUES (?)", name); }
  int64_t count() {
    EXPECT_TRUE(db_->begin(sql::Access::kRead));
    const auto counted = sql::query_integer(*db_, "SELECT COUNT(*) FROM item");
    db_->roll_back();
    EXPECT_TRUE(counted) << counted.error().message;
    return counted ? counted->value_or(-1) : -1;
  }

  std::unique_ptr<sql::Connection> db_;
};

TEST_F(PostgresConnection, AFailureNobodyWaitedForComesOutOfTheNextWait) {
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  EXPECT_TRUE(add("one"));
  EXPECT_TRUE(add("one")) << "nobody has looked yet";
  EXPECT_TRUE(add("two"));
  const auto seen = sql::query_integer(*db_, "SELECT COUNT(*) FROM item");
  ASSERT_FALSE(seen);
  EXPECT_THAT(seen.error().message, HasSubstr("item_name_key"));
  db_->roll_back();
  EXPECT_EQ(count(), 0);
}

TEST_F(PostgresConnection, ACommitAfterAFailureFailsAndTheNextTransactionIsFree) {
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  EXPECT_TRUE(add("one"));
  EXPECT_TRUE(add("one"));
  const auto committed = db_->commit();
  ASSERT_FALSE(committed);
  EXPECT_THAT(committed.error().message, HasSubstr("item_name_key"));
  db_->roll_back();
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  EXPECT_TRUE(add("one"));
  EXPECT_TRUE(db_->commit());
  EXPECT_EQ(count(), 1);
}

TEST_F(PostgresConnection, ManyStatementsThatNobodyWaitsForAreAllThere) {
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(add("item " + std::to_string(i)));
  ASSERT_TRUE(db_->commit());
  EXPECT_EQ(count(), 3000);
}

TEST_F(PostgresConnection, ASecondStatementAmidAFirstLosesNoRow) {
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(add("item " + std::to_string(i)));
  int64_t rows = 0;
  sql::Rows all = sql::query(*db_, "SELECT id FROM item ORDER BY id");
  while (all.next()) {
    ++rows;
    const auto name = sql::query_integer(*db_, "SELECT COUNT(*) FROM item WHERE id = ?", all.integer(0));
    ASSERT_TRUE(name);
    ASSERT_EQ(name->value_or(0), 1);
  }
  EXPECT_TRUE(all.ok());
  EXPECT_EQ(rows, 100);
  db_->roll_back();
}

TEST_F(PostgresConnection, AQueryGivenUpLeavesTheConnectionUsable) {
  ASSERT_TRUE(db_->begin(sql::Access::kRead));
  {
    sql::Rows endless = sql::query(*db_, "SELECT generate_series(1, 2000000000)");
    EXPECT_TRUE(endless.next());
  }
  db_->roll_back();
  EXPECT_EQ(count(), 0);
}

TEST_F(PostgresConnection, ValuesOfEveryKindComeBack) {
  ASSERT_TRUE(db_->begin(sql::Access::kWrite));
  const std::vector<std::byte> bytes = {std::byte{0}, std::byte{0xFF}, std::byte{7}};
  ASSERT_TRUE(sql::execute(*db_, "INSERT INTO item (name, weight, data) VALUES (?, ?, ?), ('none?', ?, ?)", "Åse", -1.25, bytes, std::optional<double>(),
                           sql::Value{}));
  sql::Rows rows = sql::query(*db_, "SELECT name, weight, data, weight IS NULL, -7 FROM item ORDER BY id");
  ASSERT_TRUE(rows.next()) << rows.failure().error().message;
  EXPECT_EQ(rows.text(0), "Åse");
  EXPECT_EQ(rows.real(1), -1.25);
  EXPECT_TRUE(std::ranges::equal(rows.bytes(2), bytes));
  EXPECT_EQ(rows.integer(3), 0);
  EXPECT_EQ(rows.integer(4), -7);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.text(0), "none?");
  EXPECT_TRUE(rows.is_null(1) && rows.is_null(2));
  EXPECT_EQ(rows.integer(3), 1);
  EXPECT_FALSE(rows.next());
  db_->roll_back();
}

}  // namespace
}  // namespace nozama
