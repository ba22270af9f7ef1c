#include "catalog/account_data.h"
#include "base/clock.h"

#include <gtest/gtest.h>

#include "catalog/accounts.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class AccountData : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(AccountData);

// features: F2
TEST_P(AccountData, AForgottenAccountIsGoneWithItsSessions) {
  AccountStore accounts(*catalog_);
  const Account ada = *accounts.create_account({.email = "ada@example.org", .password_hash = "x"});
  const Account ben = *accounts.create_account({.email = "ben@example.org", .password_hash = "x"});
  const std::string session = *accounts.start_session(ada.id);
  ASSERT_TRUE(forget_account(*catalog_, ada.id));
  EXPECT_FALSE(accounts.find_account("ada@example.org")->has_value());
  EXPECT_FALSE(accounts.use_session(session)->has_value());
  EXPECT_TRUE(accounts.find_account("ben@example.org")->has_value());
  EXPECT_TRUE(forget_account(*catalog_, ada.id)) << "again changes nothing";
  EXPECT_NE(accounts.create_account({.email = "ada@example.org", .password_hash = "x"})->id, ada.id);
}

TEST_P(AccountData, TheLastAdminCannotBeForgotten) {
  AccountStore accounts(*catalog_);
  const Account ada = *accounts.create_account({.email = "ada@example.org", .password_hash = "x"});
  const Account ben = *accounts.create_account({.email = "ben@example.org", .password_hash = "x"});
  ASSERT_TRUE(accounts.set_role(ada.id, Role::kAdmin));
  EXPECT_EQ(forget_account(*catalog_, ada.id).error().reason, "last_admin");
  ASSERT_TRUE(accounts.set_role(ben.id, Role::kAdmin));
  EXPECT_TRUE(forget_account(*catalog_, ada.id));
}

TEST_P(AccountData, ShoppersWhoStayAwayAreForgottenButNobodyWhoIsSignedInOrWorksInTheShop) {
  AccountStore accounts(*catalog_);
  constexpr int64_t kDayMs = 86'400'000;
  for (int i = 0; i < 120; ++i) ASSERT_TRUE(accounts.create_account({.email = "idle-" + std::to_string(i) + "@example.org", .password_hash = "x"}));
  const Account here = *accounts.create_account({.email = "here@example.org", .password_hash = "x"});
  ASSERT_TRUE(accounts.start_session(here.id));
  const Account editor = *accounts.create_account({.email = "editor@example.org", .password_hash = "x"});
  ASSERT_TRUE(accounts.set_role(editor.id, Role::kEditor));
  const int64_t now = unix_time_ms();
  EXPECT_EQ(*forget_idle_accounts(*catalog_, now - kDayMs, now), 0) << "all were made today";
  EXPECT_EQ(*forget_idle_accounts(*catalog_, now + kDayMs, now + kDayMs), 120);
  EXPECT_TRUE(accounts.find_account("here@example.org")->has_value());
  EXPECT_TRUE(accounts.find_account("editor@example.org")->has_value());
  constexpr int64_t kYearMs = 366 * kDayMs;
  EXPECT_EQ(*forget_idle_accounts(*catalog_, now + kYearMs, now + kYearMs), 1) << "their session is over by then";
  EXPECT_FALSE(accounts.find_account("here@example.org")->has_value());
}

TEST_P(AccountData, WhatAnAccountDidIsFoundByItsAddress) {
  AuditLog log(*catalog_);
  ASSERT_TRUE(log.add({.who = "ada@example.org", .action = "POST /api/v1/session"}));
  ASSERT_TRUE(log.add({.who = "ben@example.org", .action = "POST /api/v1/session"}));
  const auto entries = audit_of(*catalog_, "ada@example.org");
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().who, "ada@example.org");
}

}  // namespace
}  // namespace nozama
