#include "catalog/accounts.h"

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class ApiKeyContract : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(ApiKeyContract);

// features: I5
TEST_P(ApiKeyContract, AKeyIsKnownByItsSecretUntilItIsRevoked) {
  AccountStore store(*catalog_);
  const auto made = store.create_key({.name = "till", .scopes = {Scope::kCatalogue, Scope::kOrders}, .expires_ms = std::nullopt});
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

TEST_P(ApiKeyContract, UnknownExpiredAndStrangeSecretsAreNobodys) {
  AccountStore store(*catalog_);
  const auto made = store.create_key({.name = "short", .scopes = {Scope::kSearch}, .expires_ms = 4'000'000'000'000});
  ASSERT_TRUE(made && *store.use_key(made->secret));
  auto db = store_->connect(sql::Access::kWrite);
  ASSERT_TRUE(db && (*db)->begin(sql::Access::kWrite) && sql::execute(**db, "UPDATE api_key SET expires_ms = 5") && (*db)->commit());
  EXPECT_FALSE(*store.use_key(made->secret));
  for (const std::string& secret :
       {std::string(), std::string("nzk_"), std::string("nzk_' OR 1=1 --"), std::string("nzk_\0x", 6), "nzk_" + std::string(100'000, 'a')})
    EXPECT_FALSE(*store.use_key(secret)) << secret.substr(0, 20);
}

TEST_P(ApiKeyContract, AKeyNeedsANameAndAScope) {
  AccountStore store(*catalog_);
  EXPECT_EQ(store.create_key({.name = "", .scopes = {Scope::kSearch}, .expires_ms = std::nullopt}).error().reason, "bad_key");
  EXPECT_EQ(store.create_key({.name = "two\nlines", .scopes = {Scope::kSearch}, .expires_ms = std::nullopt}).error().reason, "bad_key");
  EXPECT_EQ(store.create_key({.name = "nothing", .scopes = {}, .expires_ms = std::nullopt}).error().reason, "bad_key");
  EXPECT_EQ(store.create_key({.name = "late", .scopes = {Scope::kSearch}, .expires_ms = 1}).error().reason, "bad_key");
  EXPECT_TRUE(store.keys()->empty());
}

TEST_P(ApiKeyContract, AKeyWithOriginsIsPublishableAndSearchesOnly) {
  AccountStore store(*catalog_);
  const std::vector<std::string> sites = {"https://shop.example", "http://localhost:5173"};
  const auto made = store.create_key({.name = "widget", .scopes = {Scope::kSearch}, .origins = sites});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->secret.starts_with("nzp_"));
  EXPECT_EQ((*store.use_key(made->secret))->origins, sites);
  EXPECT_EQ(store.create_key({.name = "all", .scopes = {Scope::kSearch, Scope::kOrders}, .origins = sites}).error().reason, "bad_key");
  for (const char* origin : {"shop.example", "https://shop.example/", "https://Shop.example", "https://", "https://a b", "*"})
    EXPECT_EQ(store.create_key({.name = "odd", .scopes = {Scope::kSearch}, .origins = {origin}}).error().reason, "bad_key") << origin;
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
