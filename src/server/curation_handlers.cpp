// The shop's rules for what searches and lists show.
#include <boost/json.hpp>

#include "base/number.h"
#include "catalog/curation.h"
#include "engine/engine.h"
#include "engine/rule_editing.h"
#include "engine/workspace.h"
#include "server/handlers.h"
#include "server/json_text.h"
#include "server/json_views.h"
#include "server/problem.h"
#include "server/request_params.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kTextBytesMax = 512;
constexpr size_t kVectorBytesMax = 8192;
constexpr size_t kLangBytesMax = 35;
constexpr int64_t kTimeMax = int64_t{1} << 53;  // what JSON's readers keep exact

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(json_text(text)); }
json::value time_or_null(const std::optional<int64_t>& time_ms) { return time_ms ? json::value(*time_ms) : json::value(nullptr); }

json::object rule_object(Engine& engine, const CurationRule& rule) {
  json::array products;
  for (const std::string& product : rule.products) products.push_back(json_text(product));
  json::object object;
  object["id"] = rule.id.value;
  object["name"] = json_text(rule.name);
  object["enabled"] = rule.enabled;
  object["position"] = rule.position;
  object["starts_ms"] = time_or_null(rule.starts_ms);
  object["ends_ms"] = time_or_null(rule.ends_ms);
  object["words"] = text_or_null(rule.words);
  object["category"] = text_or_null(rule.category);
  object["vector"] = text_or_null(rule.vector);
  object["similarity_min"] = rule.similarity_min;
  object["outdated"] = is_outdated(engine, rule);
  object["action"] = rule_action_name(rule.action);
  object["products"] = std::move(products);
  object["place"] = rule.place;
  object["boost"] = rule.boost;
  return object;
}

CurationRule read_rule(RequestParams& params) {
  CurationRule rule;
  rule.name = params.text("name", kTextBytesMax).value_or("");
  rule.words = params.text("words", kTextBytesMax).value_or("");
  rule.category = params.text("category", kTextBytesMax).value_or("");
  rule.vector = params.text("vector", kVectorBytesMax).value_or("");
  rule.enabled = params.boolean("enabled").value_or(rule.enabled);
  rule.position = params.integer("position", 0, 1'000'000).value_or(rule.position);
  rule.starts_ms = params.integer("starts_ms", 0, kTimeMax);
  rule.ends_ms = params.integer("ends_ms", 0, kTimeMax);
  rule.similarity_min = params.number("similarity_min", 0, 1).value_or(rule.similarity_min);
  const auto action = params.choice("action", {std::begin(kRuleActionNames), std::end(kRuleActionNames)});
  if (!action) params.refuse({ErrorCode::kInvalidArgument, "bad_rule", "'action' is missing: pin, hide, boost, hide_out_of_stock or sink_out_of_stock"});
  rule.action = rule_action_from_name(action.value_or("")).value_or(rule.action);
  rule.products = params.text_list("products", RuleLimits::kProductsMax, kTextBytesMax);
  rule.place = static_cast<int>(params.integer("place", 1, RuleLimits::kPlaceMax).value_or(rule.place));
  rule.boost = params.number("boost", 0, RuleLimits::kBoostMax).value_or(rule.boost);
  return rule;
}

// A number that no rule can have is one of none.
RuleId rule_id(const Request& request) { return {parse_number<int64_t>(request.captures[0]).value_or(-1)}; }

Response rule_response(Engine& engine, const Request& request, const Result<CurationRule>& rule, int status = 200) {
  if (!rule) return problem_response(rule.error(), request.id);
  Response response = json_response(json_serialized(rule_object(engine, *rule)));
  response.status = status;
  return response;
}

// Applied here before the answer, so that who has changed a rule sees it at once; other servers follow the change log.
Response saved(Engine& engine, const Request& request, RuleId id, int status) {
  if (const Status plain = RequestParams::from_query(request.query).finish(); !plain) return problem_response(plain.error(), request.id);
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  CurationRule rule = read_rule(*params);
  rule.id = id;
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  if (const Status valid = check_rule(rule); !valid) return problem_response(valid.error(), request.id);
  if (const Status valid = check_against_shop(engine, rule); !valid) return problem_response(valid.error(), request.id);
  const auto stored = CurationStore(engine.workspace().catalog()).save(rule);
  if (stored) (void)engine.catch_up();
  return rule_response(engine, request, stored, status);
}

Response list_rules(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const auto rules = CurationStore(engine.workspace().catalog()).rules();
  if (!rules) return problem_response(rules.error(), request.id);
  json::array array;
  for (const CurationRule& rule : *rules) array.push_back(rule_object(engine, rule));
  return json_response(json_serialized(json::object{{"rules", std::move(array)}}));
}

Response get_rule(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  return rule_response(engine, request, CurationStore(engine.workspace().catalog()).rule(rule_id(request)));
}

Response add_rule(Engine& engine, const Request& request) { return saved(engine, request, {}, 201); }

Response put_rule(Engine& engine, const Request& request) {
  const auto before = CurationStore(engine.workspace().catalog()).rule(rule_id(request));
  return before ? saved(engine, request, before->id, 200) : problem_response(before.error(), request.id);
}

Response remove_rule(Engine& engine, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  const Status removed = CurationStore(engine.workspace().catalog()).remove(rule_id(request));
  if (!removed) return problem_response(removed.error(), request.id);
  (void)engine.catch_up();
  return {.status = 204};
}

Response preview(Engine& engine, const Request& request) {
  if (const Status plain = RequestParams::from_query(request.query).finish(); !plain) return problem_response(plain.error(), request.id);
  auto params = json_params(request);
  if (!params) return problem_response(params.error(), request.id);
  CurationRule rule = read_rule(*params);
  if (rule.name.empty()) rule.name = "preview";
  rule.id = {params->integer("id", 1, kTimeMax).value_or(0)};
  PreviewQuery query;
  query.text = params->text("query_text", kTextBytesMax).value_or("");
  query.category = params->text("query_category", kTextBytesMax).value_or("");
  query.vector = params->text("query_vector", kVectorBytesMax).value_or("");
  query.product_id = params->text("query_product_id", kTextBytesMax).value_or("");
  query.lang = params->text("lang", kLangBytesMax).value_or("en");
  if (!query.vector.empty() && !query.product_id.empty())
    params->refuse({ErrorCode::kInvalidArgument, "bad_parameter", "give one of 'query_vector' and 'query_product_id'"});
  if (const Status valid = params->finish(); !valid) return problem_response(valid.error(), request.id);
  const auto shown = preview_rule(engine, rule, query);
  return shown ? json_response(rule_preview_json(*shown)) : problem_response(shown.error(), request.id);
}

}  // namespace

void add_curation_routes(Router& router, Engine& engine) {
  const auto add = [&](std::string method, std::string pattern, size_t body_bytes_max, Response (*handler)(Engine&, const Request&)) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = [&engine, handler](const Request& request) { return handler(engine, request); },
                .lane = on_catalogue_lane,
                .scope = Scope::kAnalytics,
                .body_bytes_max = body_bytes_max});
  };
  add("GET", "/api/v1/admin/curation", 0, list_rules);
  add("POST", "/api/v1/admin/curation", kJsonBodyMax, add_rule);
  add("POST", "/api/v1/admin/curation/preview", kJsonBodyMax, preview);
  add("GET", "/api/v1/admin/curation/{id}", 0, get_rule);
  add("PUT", "/api/v1/admin/curation/{id}", kJsonBodyMax, put_rule);
  add("DELETE", "/api/v1/admin/curation/{id}", 0, remove_rule);
}

}  // namespace nozama
