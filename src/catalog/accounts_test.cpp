#include "catalog/accounts.h"

#include "catalog/audit.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class AccountContract : public CatalogContract {
 protected:
  AccountStore store() { return AccountStore(*catalog_); }

  Account shopper(const std::string& email = "ana@mail.example") {
    const auto made = store().create_account({.email = email, .password_hash = "hash"});
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(Account());
  }

  void run(const std::string& statement) {
    auto db = store_->connect(sql::Access::kWrite);
    ASSERT_TRUE(db && (*db)->begin(sql::Access::kWrite) && sql::execute(**db, statement) && (*db)->commit());
  }
};
NOZAMA_ON_EVERY_STORE(AccountContract);

TEST(Email, IsTrimmedLoweredAndCheckedForShape) {
  EXPECT_EQ(*normalized_email(" Ana.B+c@Mail.Example "), "ana.b+c@mail.example");
  for (const std::string& text :
       {std::string(), std::string("ana"), std::string("@mail.example"), std::string("ana@"), std::string("ana@mail"), std::string("a b@mail.example"),
        std::string("ana@mail.example\r\nBcc: x@y.example"), std::string("ana@@mail.example"), std::string("<ana@mail.example>"), std::string("ana@.example"),
        std::string("ana@mail..example"), "a" + std::string(300, 'a') + "@mail.example"})
    EXPECT_EQ(normalized_email(text).error().reason, "bad_email") << text;
}

TEST(Password, HasALeastAndAGreatestLength) {
  EXPECT_TRUE(check_password("ten bytes!"));
  EXPECT_EQ(check_password("too short").error().reason, "bad_password");
  EXPECT_EQ(check_password(std::string(513, 'a')).error().reason, "bad_password");
}

// features: I5
TEST_P(AccountContract, AnAddressHasOneAccount) {
  const Account made = shopper();
  EXPECT_EQ(made.role, Role::kShopper);
  EXPECT_EQ(store().create_account({.email = "ana@mail.example"}).error().reason, "account_exists");
  const auto found = store().find_account("ana@mail.example");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, made.id);
  EXPECT_EQ((*found)->password_hash, "hash");
  EXPECT_FALSE(*store().find_account("ben@mail.example"));
}

TEST_P(AccountContract, TheLastAdminStays) {
  const Account ana = shopper(), ben = shopper("ben@mail.example");
  EXPECT_FALSE(*store().has_admin());
  ASSERT_TRUE(store().set_role(ana.id, Role::kAdmin));
  EXPECT_TRUE(*store().has_admin());
  EXPECT_EQ(store().set_role(ana.id, Role::kEditor).error().reason, "last_admin");
  ASSERT_TRUE(store().set_role(ben.id, Role::kAdmin));
  EXPECT_EQ(store().set_role(ana.id, Role::kEditor)->role, Role::kEditor);
  EXPECT_EQ(store().set_role({999}, Role::kEditor).error().reason, "unknown_account");
  const auto listed = store().accounts(INT64_MAX, 10);
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(listed->front().id, ben.id);
  EXPECT_EQ(store().accounts(ben.id.value, 10)->front().role, Role::kEditor);
}

TEST_P(AccountContract, AccountsAreFoundByAnyPartOfTheirAddress) {
  const Account ana = shopper(), ben = shopper("ben_b@mail.example");
  const auto found = [&](std::string_view text) {
    std::vector<AccountId> ids;
    const auto accounts = store().accounts(INT64_MAX, 10, text);
    for (const Account& account : *accounts) ids.push_back(account.id);
    return ids;
  };
  EXPECT_EQ(found("mail.example"), (std::vector{ben.id, ana.id}));
  EXPECT_EQ(found("BEN"), std::vector{ben.id});
  EXPECT_EQ(found("_"), std::vector{ben.id}) << "no wildcard";
  EXPECT_TRUE(found("%").empty());
  EXPECT_TRUE(found("nobody").empty());
}

TEST_P(AccountContract, ASessionLastsUntilItIsEndedOrOver) {
  const Account ana = shopper();
  const auto token = store().start_session(ana.id);
  ASSERT_TRUE(token && token->starts_with("nzs_"));
  const auto session = store().use_session(*token);
  ASSERT_TRUE(session && *session);
  EXPECT_EQ((*session)->account.email, "ana@mail.example");
  EXPECT_TRUE((*session)->account.last_sign_in_ms);
  EXPECT_FALSE(*store().use_session("nzs_unknown"));
  EXPECT_FALSE(*store().use_session(std::string("nzs_\0' OR 1=1", 13)));
  ASSERT_TRUE(store().end_session(*token));
  EXPECT_FALSE(*store().use_session(*token));

  const auto over = store().start_session(ana.id);
  run("UPDATE account_session SET expires_ms = 5");
  EXPECT_FALSE(*store().use_session(*over));
}

TEST_P(AccountContract, UseRenewsASessionButNotForever) {
  const Account ana = shopper();
  const auto token = store().start_session(ana.id);
  const int64_t first = (*store().use_session(*token))->expires_ms;
  run("UPDATE account_session SET expires_ms = expires_ms - 20 * 86400000");
  EXPECT_GE((*store().use_session(*token))->expires_ms, first);
  run("UPDATE account_session SET expires_ms = expires_ms - 28 * CAST(86400000 AS BIGINT), created_ms = created_ms - 179 * CAST(86400000 AS BIGINT)");
  EXPECT_LT((*store().use_session(*token))->expires_ms, first - 27 * int64_t{86'400'000});
}

TEST_P(AccountContract, ANewPasswordEndsTheOtherSessions) {
  const Account ana = shopper();
  const auto here = store().start_session(ana.id), elsewhere = store().start_session(ana.id);
  const auto link = store().create_link(LinkKind::kResetPassword, ana.id);
  ASSERT_TRUE(store().set_password(ana.id, "new", *here));
  EXPECT_TRUE(*store().use_session(*here));
  EXPECT_FALSE(*store().use_session(*elsewhere));
  EXPECT_EQ(store().reset_password(*link, "other").error().reason, "bad_link");
  EXPECT_EQ((*store().find_account("ana@mail.example"))->password_hash, "new");
}

TEST_P(AccountContract, AnAdminLinkMakesOneAdminOnce) {
  EXPECT_FALSE(*store().has_link(LinkKind::kAdmin));
  const auto replaced = store().create_link(LinkKind::kAdmin);
  const auto token = store().create_link(LinkKind::kAdmin);
  EXPECT_TRUE(*store().has_link(LinkKind::kAdmin));
  EXPECT_EQ(store().accept_admin_link(*replaced, "ana@mail.example", "hash").error().reason, "bad_link");
  const auto admin = store().accept_admin_link(*token, "ana@mail.example", "hash");
  ASSERT_TRUE(admin) << admin.error().message;
  EXPECT_EQ(admin->role, Role::kAdmin);
  EXPECT_EQ(store().accept_admin_link(*token, "eve@mail.example", "hash").error().reason, "bad_link");
  EXPECT_FALSE(*store().has_link(LinkKind::kAdmin));

  const auto late = store().create_link(LinkKind::kAdmin);
  run("UPDATE account_link SET expires_ms = 5");
  EXPECT_EQ(store().accept_admin_link(*late, "eve@mail.example", "hash").error().reason, "bad_link");
}

TEST_P(AccountContract, LinksAreForOneKindAndOneAccount) {
  const Account ana = shopper();
  const auto verify = store().create_link(LinkKind::kVerifyEmail, ana.id);
  EXPECT_EQ(store().reset_password(*verify, "new").error().reason, "bad_link");
  EXPECT_TRUE(store().verify_email(*verify)->verified_ms);
  EXPECT_EQ(store().verify_email(*verify).error().reason, "bad_link");
  const auto session = store().start_session(ana.id);
  const auto reset = store().create_link(LinkKind::kResetPassword, ana.id);
  EXPECT_EQ(store().reset_password(*reset, "new")->password_hash, "new");
  EXPECT_FALSE(*store().use_session(*session));
}

TEST_P(AccountContract, WhoProvesTheAddressGetsTheAccountWithoutWhatSomebodyElseSet) {
  const Account squatted = shopper();
  const auto squatter = store().start_session(squatted.id);
  const auto owner = store().account_of_verified_email("ana@mail.example");
  ASSERT_TRUE(owner) << owner.error().message;
  EXPECT_EQ(owner->id, squatted.id);
  EXPECT_TRUE(owner->verified_ms && owner->password_hash.empty());
  EXPECT_FALSE(*store().use_session(*squatter));

  ASSERT_TRUE(store().set_password(owner->id, "own", ""));
  EXPECT_EQ(store().account_of_verified_email("ana@mail.example")->password_hash, "own");
  EXPECT_EQ(store().account_of_verified_email("new@mail.example")->role, Role::kShopper);
}

TEST_P(AccountContract, TheAuditLogIsReadNewestFirst) {
  AuditLog log(*catalog_);
  for (const char* who : {"ana", "ben", "eve"}) ASSERT_TRUE(log.add({.who = who, .action = "PATCH /x", .subject = "/x", .detail = "d", .from = "192.0.2.7"}));
  const auto newest = log.entries(INT64_MAX, 2);
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ(newest->front().who, "eve");
  EXPECT_EQ(newest->front().from, "192.0.2.7");
  EXPECT_GT(newest->front().at_ms, 0);
  EXPECT_EQ(log.entries(newest->back().id, 10)->front().who, "ana");
}

}  // namespace
}  // namespace nozama
