#include "server/account_views.h"

#include <boost/json.hpp>
#include <chrono>
#include <optional>

#include "base/clock.h"

namespace nozama {
namespace {

namespace json = boost::json;

json::value time_or_null(const std::optional<int64_t>& ms) { return ms ? json::value(format_utc(*ms)) : json::value(nullptr); }

json::object key_object(const ApiKey& key) {
  json::array scopes;
  for (const std::string& name : key.scopes.names()) scopes.emplace_back(name);
  return {{"id", std::to_string(key.id.value)},
          {"name", key.name},
          {"scopes", std::move(scopes)},
          {"origins", json::array(key.origins.begin(), key.origins.end())},
          {"created", format_utc(key.created_ms)},
          {"expires", time_or_null(key.expires_ms)},
          {"revoked", time_or_null(key.revoked_ms)},
          {"last_used", time_or_null(key.last_used_ms)}};
}

json::object account_object(const Account& account) {
  return {{"id", std::to_string(account.id.value)},    {"email", account.email},
          {"role", role_name(account.role)},           {"verified", account.verified_ms.has_value()},
          {"created", format_utc(account.created_ms)}, {"last_sign_in", time_or_null(account.last_sign_in_ms)}};
}

}  // namespace

std::string session_json(const Account* account, std::string_view csrf_token, const SignInWays& ways) {
  const bool known = account != nullptr;
  json::array providers;
  if (!ways.provider.empty()) providers.emplace_back(ways.provider);
  return json::serialize(json::object{{"account", known ? json::value(account_object(*account)) : json::value(nullptr)},
                                      {"role", known ? json::value(role_name(account->role)) : json::value(nullptr)},
                                      {"csrf_token", known ? json::value(csrf_token) : json::value(nullptr)},
                                      {"providers", std::move(providers)},
                                      {"mail", ways.mail}});
}

std::string account_json(const Account& account) { return json::serialize(account_object(account)); }

std::string accounts_json(const std::vector<Account>& accounts) {
  json::array array;
  for (const Account& account : accounts) array.push_back(account_object(account));
  return json::serialize(json::object{{"accounts", std::move(array)}});
}

std::string audit_json(const std::vector<AuditEntry>& entries) {
  json::array array;
  for (const AuditEntry& entry : entries) {
    array.push_back(json::object{{"id", std::to_string(entry.id)},
                                 {"at", format_utc(entry.at_ms)},
                                 {"who", entry.who},
                                 {"action", entry.action},
                                 {"subject", entry.subject},
                                 {"detail", entry.detail},
                                 {"from", entry.from}});
  }
  return json::serialize(json::object{{"entries", std::move(array)}});
}

std::string new_key_json(const NewApiKey& made) {
  json::object object = key_object(made.key);
  object["secret"] = made.secret;
  return json::serialize(object);
}

std::string keys_json(const std::vector<ApiKey>& keys) {
  json::array array;
  for (const ApiKey& key : keys) array.push_back(key_object(key));
  return json::serialize(json::object{{"keys", std::move(array)}});
}

}  // namespace nozama
