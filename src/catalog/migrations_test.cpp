#include "catalog/migrations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class MigrationContract : public CatalogContract {
 protected:
  void run(const std::string& statements) {
    auto db = store_->connect(sql::Access::kWrite);
    ASSERT_TRUE(db) << db.error().message;
    const auto done = (*db)->run_schema(statements);
    ASSERT_TRUE(done) << done.error().message;
  }
  void set_meta(const std::string& key, int value) {
    run(fmt::format("DELETE FROM meta WHERE key = '{0}'; INSERT INTO meta (key, value) VALUES ('{0}', '{1}')", key, value));
  }
};

// As during a rolling upgrade: a server of the next version has migrated the database that this one serves and opens.
TEST_P(MigrationContract, AProgramWorksOnANewerSchemaThatOnlyAdds) {
  upsert(sample_product("before"));
  run("CREATE TABLE of_the_next_version (id BIGINT PRIMARY KEY, name TEXT NOT NULL); ALTER TABLE product ADD COLUMN weight_grams BIGINT;"
      "ALTER TABLE product ADD COLUMN origin TEXT NOT NULL DEFAULT ''");
  set_meta("schema_version", newest_schema_version() + 1);
  upsert(sample_product("while it is open"));
  reopen();
  upsert(sample_product("opened anew"));
  EXPECT_EQ(catalog_->stats()->products, 3);
  EXPECT_EQ(catalog_->product("before", "de")->card.title, "Eichenstuhl");
  EXPECT_TRUE(catalog_->check()->empty());
  EXPECT_EQ(*catalog_->delete_products({"before"}), 1);
}

TEST_P(MigrationContract, AProgramLeavesASchemaAloneThatItCannotServe) {
  upsert(sample_product("chair"));
  catalog_.reset();
  set_meta("schema_version", newest_schema_version() + 1);
  set_meta("compatible_since", newest_schema_version() + 1);
  EXPECT_EQ(store_->open({.create = true}).error().reason, "newer_database");
  run("DELETE FROM meta WHERE key = 'compatible_since'");
  EXPECT_EQ(store_->open({.create = true}).error().reason, "newer_database");
}

NOZAMA_ON_EVERY_STORE(MigrationContract);

}  // namespace
}  // namespace nozama
