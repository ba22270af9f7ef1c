#include "catalog/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/hash.h"
#include "catalog/catalog.h"
#include "catalog/sql.h"
#include "catalog/validation.h"

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

constexpr std::string_view kKeyPrefix = "nzk_";
constexpr size_t kSecretBytes = 32, kSecretSizeMax = 200, kNameMax = 100;
constexpr int64_t kUseNotedEveryMs = 5 * 60'000;
constexpr std::string_view kKeyColumns = "id, name, scopes, created_ms, expires_ms, revoked_ms, last_used_ms";

// A fast hash will do: a random secret of 256 bits cannot be guessed, unlike a password.
std::string secret_hash(std::string_view secret) { return content_hash(std::as_bytes(std::span(secret))); }

std::string scopes_text(const ScopeSet& scopes) { return fmt::format("{}", fmt::join(scopes.names(), " ")); }

ScopeSet scopes_from_text(std::string_view text) {
  ScopeSet scopes;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (const auto scope = scope_from_name(text.substr(begin, end - begin))) scopes.add(*scope);
    begin = end + 1;
  }
  return scopes;
}

ApiKey read_key(const sql::Rows& rows) {
  return {.id = {rows.integer(0)},
          .name = rows.text(1),
          .scopes = scopes_from_text(rows.text_view(2)),
          .created_ms = rows.integer(3),
          .expires_ms = rows.optional_integer(4),
          .revoked_ms = rows.optional_integer(5),
          .last_used_ms = rows.optional_integer(6)};
}

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

AccountStore::AccountStore(Catalog& catalog) : pool_(catalog.pool()) {}

Result<NewApiKey> AccountStore::create_key(const std::string& name, ScopeSet scopes, std::optional<int64_t> expires_ms) {
  if (name.empty() || name.size() > kNameMax || !is_clean_line(name)) {
    return fail(ErrorCode::kInvalidArgument, "bad_key", fmt::format("a key needs a name of at most {} bytes in one line", kNameMax));
  }
  if (scopes == ScopeSet()) return fail(ErrorCode::kInvalidArgument, "bad_key", "a key needs at least one scope");
  NewApiKey made{.key = {.name = name, .scopes = scopes, .expires_ms = expires_ms}, .secret = std::string(kKeyPrefix) + random_hex(kSecretBytes)};
  const auto inserted = pool_.write([&](sql::Connection& db) -> Result<ApiKeyId> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    if (expires_ms && *expires_ms <= *now) return fail(ErrorCode::kInvalidArgument, "bad_key", "the key would have expired already");
    made.key.created_ms = *now;
    const auto id = sql::query_integer(db, "INSERT INTO api_key (name, secret_hash, scopes, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?) RETURNING id", name,
                                       secret_hash(made.secret), scopes_text(scopes), *now, expires_ms);
    if (!id) return propagate(id);
    return ApiKeyId{id->value_or(0)};
  });
  if (!inserted) return propagate(inserted);
  made.key.id = *inserted;
  return made;
}

Result<std::optional<ApiKey>> AccountStore::use_key(std::string_view secret) {
  if (!secret.starts_with(kKeyPrefix) || secret.size() > kSecretSizeMax) return std::nullopt;
  const std::string hash = secret_hash(secret);
  int64_t now_ms = 0;
  const auto found = pool_.read([&](sql::Connection& db) -> Result<std::optional<ApiKey>> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    now_ms = *now;
    sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM api_key WHERE secret_hash = ?", kKeyColumns), hash);
    std::optional<ApiKey> key;
    if (rows.next()) key = read_key(rows);
    if (!rows.ok()) return rows.failure();
    if (!key || key->revoked_ms || (key->expires_ms && *key->expires_ms <= now_ms)) return std::nullopt;
    return key;
  });
  if (!found || !*found) return found;
  if (now_ms - (*found)->last_used_ms.value_or(0) < kUseNotedEveryMs) return found;
  const auto noted =
      pool_.write([&](sql::Connection& db) { return sql::execute(db, "UPDATE api_key SET last_used_ms = ? WHERE id = ?", now_ms, (*found)->id); });
  if (!noted) return propagate(noted);
  return found;
}

Result<std::vector<ApiKey>> AccountStore::keys() {
  return pool_.read([&](sql::Connection& db) -> Result<std::vector<ApiKey>> {
    std::vector<ApiKey> keys;
    sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM api_key ORDER BY id DESC", kKeyColumns));
    while (rows.next()) keys.push_back(read_key(rows));
    if (!rows.ok()) return rows.failure();
    return keys;
  });
}

Status AccountStore::revoke_key(ApiKeyId id) {
  return pool_.write([&](sql::Connection& db) -> Status {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    const auto found = sql::query_integer(db, "SELECT id FROM api_key WHERE id = ?", id);
    if (!found) return propagate(found);
    if (!*found) return fail(ErrorCode::kNotFound, "unknown_key", fmt::format("there is no key {}", id.value));
    return sql::execute(db, "UPDATE api_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL", *now, id);
  });
}

}  // namespace nozama
