// Keys and accounts as JSON. A secret is in the answer that made it and in no other.
#pragma once

#include <string>
#include <vector>

#include "catalog/accounts.h"
#include "catalog/audit.h"

namespace nozama {

// How else one can get in.
struct SignInWays {
  std::string provider;  // "" = none
  bool mail = false;     // passwords can be reset
};
// What the storefront knows of who asks; `account` is null for nobody.
std::string session_json(const Account* account, std::string_view csrf_token, const SignInWays& ways);
std::string account_json(const Account& account);
std::string accounts_json(const std::vector<Account>& accounts);
std::string audit_json(const std::vector<AuditEntry>& entries);

std::string new_key_json(const NewApiKey& made);
std::string keys_json(const std::vector<ApiKey>& keys);

}  // namespace nozama
