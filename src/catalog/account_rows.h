// Rows of accounts, for the files of AccountStore only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/accounts.h"
#include "catalog/sql.h"

namespace nozama {

inline constexpr std::string_view kAccountColumns =
    "account.id, account.email, account.role, account.created_ms, account.verified_ms, account.last_sign_in_ms, account.password_hash";
inline constexpr int kAccountColumnCount = 7;

Account read_account(const sql::Rows& rows);

Result<std::optional<Account>> select_account(sql::Connection& db, AccountId id);
Result<std::optional<Account>> select_account(sql::Connection& db, const std::string& email);

// Sets the password, ends the account's sessions but `kept_token`'s and deletes its links.
Status store_password(sql::Connection& db, AccountId id, const std::string& password_hash, std::string_view kept_token);

Result<Account> insert_account(sql::Connection& db, const NewAccount& account, Role role);

}  // namespace nozama
