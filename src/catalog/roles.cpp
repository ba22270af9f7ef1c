#include "catalog/roles.h"

#include <algorithm>
#include <array>

namespace nozama {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 7> kScopeNames = {{{Scope::kPublic, "public"},
                                                                            {Scope::kSearch, "search"},
                                                                            {Scope::kAccount, "account"},
                                                                            {Scope::kCatalogue, "catalogue"},
                                                                            {Scope::kOrders, "orders"},
                                                                            {Scope::kAnalytics, "analytics"},
                                                                            {Scope::kAdmin, "admin"}}};
constexpr std::array<std::pair<Role, std::string_view>, 3> kRoleNames = {{{Role::kShopper, "shopper"}, {Role::kEditor, "editor"}, {Role::kAdmin, "admin"}}};

}  // namespace

std::string_view scope_name(Scope scope) { return kScopeNames[static_cast<size_t>(scope)].second; }

std::optional<Scope> scope_from_name(std::string_view name) {
  const auto found = std::ranges::find(kScopeNames, name, &std::pair<Scope, std::string_view>::second);
  return found == kScopeNames.end() ? std::nullopt : std::optional(found->first);
}

std::string_view role_name(Role role) { return kRoleNames[static_cast<size_t>(role)].second; }

std::optional<Role> role_from_name(std::string_view name) {
  const auto found = std::ranges::find(kRoleNames, name, &std::pair<Role, std::string_view>::second);
  return found == kRoleNames.end() ? std::nullopt : std::optional(found->first);
}

std::vector<std::string> ScopeSet::names() const {
  std::vector<std::string> names;
  for (const auto& [scope, name] : kScopeNames) {
    if (scope != Scope::kPublic && has(scope)) names.emplace_back(name);
  }
  return names;
}

ScopeSet scopes_of(Role role) {
  ScopeSet scopes{Scope::kSearch, Scope::kAccount};
  if (role == Role::kShopper) return scopes;
  for (const Scope scope : {Scope::kCatalogue, Scope::kOrders, Scope::kAnalytics}) scopes.add(scope);
  if (role == Role::kAdmin) scopes.add(Scope::kAdmin);
  return scopes;
}

}  // namespace nozama
