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
          {"created", format_utc(key.created_ms)},
          {"expires", time_or_null(key.expires_ms)},
          {"revoked", time_or_null(key.revoked_ms)},
          {"last_used", time_or_null(key.last_used_ms)}};
}

}  // namespace

std::string key_json(const ApiKey& key) { return json::serialize(key_object(key)); }

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
