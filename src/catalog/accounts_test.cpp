#include "catalog/accounts.h"

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class AccountContract : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(AccountContract);

// features: I5
TEST_P(AccountContract, AKeyIsKnownByItsSecretUntilItIsRevoked) {
  AccountStore store(*catalog_);
  const auto made = store.create_key("till", {Scope::kCatalogue, Scope::kOrders}, std::nullopt);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->secret.starts_with("nzk_"));
  const auto found = store.use_key(made->secret);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, made->key.id);
  EXPECT_TRUE((*found)->scopes.has(Scope::kCatalogue) && (*found)->scopes.has(Scope::kOrders));
  EXPECT_FALSE((*found)->scopes.has(Scope::kAdmin));
  EXPECT_TRUE(store.keys()->front().last_used_ms);

  ASSERT_TRUE(store.revoke_key(made->key.id));
  EXPECT_FALSE(*store.use_key(made->secret));
  EXPECT_EQ(store.revoke_key({999}).error().reason, "unknown_key");
}

TEST_P(AccountContract, UnknownExpiredAndStrangeSecretsAreNobodys) {
  AccountStore store(*catalog_);
  const auto made = store.create_key("short", {Scope::kSearch}, 4'000'000'000'000);
  ASSERT_TRUE(made && *store.use_key(made->secret));
  auto db = store_->connect(sql::Access::kWrite);
  ASSERT_TRUE(db && (*db)->begin(sql::Access::kWrite) && sql::execute(**db, "UPDATE api_key SET expires_ms = 5") && (*db)->commit());
  EXPECT_FALSE(*store.use_key(made->secret));
  for (const std::string& secret :
       {std::string(), std::string("nzk_"), std::string("nzk_' OR 1=1 --"), std::string("nzk_\0x", 6), "nzk_" + std::string(100'000, 'a')})
    EXPECT_FALSE(*store.use_key(secret)) << secret.substr(0, 20);
}

TEST_P(AccountContract, AKeyNeedsANameAndAScope) {
  AccountStore store(*catalog_);
  EXPECT_EQ(store.create_key("", {Scope::kSearch}, std::nullopt).error().reason, "bad_key");
  EXPECT_EQ(store.create_key("two\nlines", {Scope::kSearch}, std::nullopt).error().reason, "bad_key");
  EXPECT_EQ(store.create_key("nothing", {}, std::nullopt).error().reason, "bad_key");
  EXPECT_EQ(store.create_key("late", {Scope::kSearch}, 1).error().reason, "bad_key");
  EXPECT_TRUE(store.keys()->empty());
}

TEST(Scopes, OfRolesGrow) {
  EXPECT_FALSE(scopes_of(Role::kShopper).has(Scope::kCatalogue));
  EXPECT_TRUE(scopes_of(Role::kEditor).has(Scope::kOrders));
  EXPECT_FALSE(scopes_of(Role::kEditor).has(Scope::kAdmin));
  EXPECT_TRUE(scopes_of(Role::kAdmin).has(Scope::kAdmin));
  for (const Scope scope : {Scope::kPublic, Scope::kSearch, Scope::kAccount, Scope::kCatalogue, Scope::kOrders, Scope::kAnalytics, Scope::kAdmin})
    EXPECT_EQ(scope_from_name(scope_name(scope)), scope);
  EXPECT_FALSE(scope_from_name("everything"));
}

}  // namespace
}  // namespace nozama
