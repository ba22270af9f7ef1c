// Keys and accounts as JSON. A secret is in the answer that made it and in no other.
#pragma once

#include <string>
#include <vector>

#include "catalog/accounts.h"
#include "catalog/audit.h"

namespace nozama {

// What the storefront knows of who asks; `account` is null for nobody.
std::string session_json(const Account* account, std::string_view csrf_token);
std::string account_json(const Account& account);
std::string accounts_json(const std::vector<Account>& accounts);
std::string audit_json(const std::vector<AuditEntry>& entries);

std::string new_key_json(const NewApiKey& made);
std::string keys_json(const std::vector<ApiKey>& keys);

}  // namespace nozama
