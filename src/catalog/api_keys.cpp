#include "catalog/accounts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/secret.h"
#include "catalog/sql.h"
#include "catalog/validation.h"

namespace nozama {
namespace {

constexpr std::string_view kKeyPrefix = "nzk_", kPublishablePrefix = "nzp_";
constexpr size_t kSecretSizeMax = 200, kNameMax = 100, kOriginsMax = 20, kOriginSizeMax = 200;
constexpr int64_t kUseNotedEveryMs = 5 * 60'000;
constexpr std::string_view kKeyColumns = "id, name, scopes, created_ms, expires_ms, revoked_ms, last_used_ms, origins";

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

ScopeSet scopes_from_names(const std::vector<std::string>& names) {
  ScopeSet scopes;
  for (const std::string& name : names) {
    if (const auto scope = scope_from_name(name)) scopes.add(*scope);
  }
  return scopes;
}

// As browsers send it in the Origin header.
bool is_origin(std::string_view text) {
  const size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  const std::string_view host = text.substr(scheme);
  return scheme > 0 && !host.empty() && text.size() <= kOriginSizeMax && std::ranges::all_of(host, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || std::string_view(".-:[]").find(c) != std::string_view::npos;
         });
}

Status validate(const KeyRequest& request) {
  const auto bad_key = [](const std::string& why) { return fail(ErrorCode::kInvalidArgument, "bad_key", why); };
  if (request.name.empty() || request.name.size() > kNameMax || !is_clean_line(request.name)) {
    return bad_key(fmt::format("a key needs a name of at most {} bytes in one line", kNameMax));
  }
  if (request.scopes == ScopeSet()) return bad_key("a key needs at least one scope");
  if (request.origins.empty()) return {};
  if (request.scopes != ScopeSet{Scope::kSearch}) return bad_key("a key with origins is read by everybody who visits them: its one scope must be 'search'");
  if (request.origins.size() > kOriginsMax) return bad_key(fmt::format("a key has at most {} origins", kOriginsMax));
  if (!std::ranges::all_of(request.origins, is_origin)) return bad_key("an origin must be such as https://shop.example, in lower case and without a path");
  return {};
}

ApiKey read_key(const sql::Rows& rows) {
  return {.id = {rows.integer(0)},
          .name = rows.text(1),
          .scopes = scopes_from_names(split(rows.text_view(2))),
          .origins = split(rows.text_view(7)),
          .created_ms = rows.integer(3),
          .expires_ms = rows.optional_integer(4),
          .revoked_ms = rows.optional_integer(5),
          .last_used_ms = rows.optional_integer(6)};
}

}  // namespace

Result<NewApiKey> AccountStore::create_key(const KeyRequest& request) {
  if (auto valid = validate(request); !valid) return propagate(valid);
  NewApiKey made{.key = {.name = request.name, .scopes = request.scopes, .origins = request.origins, .expires_ms = request.expires_ms},
                 .secret = random_secret(request.origins.empty() ? kKeyPrefix : kPublishablePrefix)};
  const auto inserted = pool_.write([&](sql::Connection& db) -> Result<ApiKeyId> {
    const auto now = db.clock_ms();
    if (!now) return propagate(now);
    if (request.expires_ms && *request.expires_ms <= *now) return fail(ErrorCode::kInvalidArgument, "bad_key", "the key would have expired already");
    made.key.created_ms = *now;
    const auto id =
        sql::query_integer(db, "INSERT INTO api_key (name, secret_hash, scopes, origins, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                           request.name, secret_hash(made.secret), joined(request.scopes.names()), joined(request.origins), *now, request.expires_ms);
    if (!id) return propagate(id);
    return ApiKeyId{id->value_or(0)};
  });
  if (!inserted) return propagate(inserted);
  made.key.id = *inserted;
  return made;
}

Result<std::optional<ApiKey>> AccountStore::use_key(std::string_view secret) {
  if ((!secret.starts_with(kKeyPrefix) && !secret.starts_with(kPublishablePrefix)) || secret.size() > kSecretSizeMax) return std::nullopt;
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
