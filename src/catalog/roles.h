// Who may do what: scopes that routes ask for, and the roles that give them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"

namespace nozama {

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

// Who asks. Without an account it is a key; without both, anybody.
struct Principal {
  AccountId account;
  Role role = Role::kShopper;
  ScopeSet scopes;
  ApiKeyId key;
  std::string origin;  // of a publishable key: the site that asks, and may read the answer
  std::string name;    // for the audit log: an e-mail address, or "key 3 (till)"
};

}  // namespace nozama
