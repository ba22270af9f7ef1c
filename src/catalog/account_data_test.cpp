#include "catalog/account_data.h"

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
