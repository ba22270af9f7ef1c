// Who may do what: roles, scopes and API keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

class Catalog;

namespace sql {
class Pool;
}

// What a route asks for. Public ones ask for nothing; kSearch is for keys that may be shown to browsers.
enum class Scope { kPublic, kSearch, kAccount, kCatalogue, kOrders, kAnalytics, kAdmin };
std::string_view scope_name(Scope scope);  // "catalogue"
std::optional<Scope> scope_from_name(std::string_view name);

enum class Role { kShopper, kEditor, kAdmin };
std::string_view role_name(Role role);
std::optional<Role> role_from_name(std::string_view name);

class ScopeSet {
 public:
  ScopeSet() = default;
  ScopeSet(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  void add(Scope scope) { bits_ |= bit(scope); }
  // kPublic is in every set.
  bool has(Scope scope) const { return scope == Scope::kPublic || (bits_ & bit(scope)) != 0; }
  std::vector<std::string> names() const;
  bool operator==(const ScopeSet&) const = default;

 private:
  static uint32_t bit(Scope scope) { return 1U << static_cast<uint32_t>(scope); }
  uint32_t bits_ = 0;
};
// An editor's are the catalogue, orders and analytics; an admin's all.
ScopeSet scopes_of(Role role);

using AccountId = Id<struct AccountTag>;
using ApiKeyId = Id<struct ApiKeyTag>;

struct ApiKey {
  ApiKeyId id;
  std::string name;
  ScopeSet scopes;
  int64_t created_ms = 0;
  std::optional<int64_t> expires_ms, revoked_ms, last_used_ms;
};

struct NewApiKey {
  ApiKey key;
  std::string secret;  // "nzk_…": stored nowhere, told once
};

// Who asks. Without an account it is a key.
struct Principal {
  AccountId account;
  Role role = Role::kShopper;
  ScopeSet scopes;
  ApiKeyId key;
};

// Thread-safe, beside the catalogue's own calls and in its database; errors as Catalog's.
class AccountStore {
 public:
  explicit AccountStore(Catalog& catalog);

  // kInvalidArgument "bad_key": no name, no scope, or an expiry that is over.
  Result<NewApiKey> create_key(const std::string& name, ScopeSet scopes, std::optional<int64_t> expires_ms);
  // Nothing for what is unknown, revoked or expired. Notes the use, at most once in a few minutes.
  Result<std::optional<ApiKey>> use_key(std::string_view secret);
  Result<std::vector<ApiKey>> keys();  // newest first, the revoked ones too
  Status revoke_key(ApiKeyId id);      // kNotFound "unknown_key"

 private:
  sql::Pool& pool_;
};

}  // namespace nozama
