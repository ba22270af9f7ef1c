#include "server/webhook_views.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/clock.h"
#include "server/job_views.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

json::object webhook_object(const Webhook& webhook) {
  return {{"id", std::to_string(webhook.id.value)}, {"url", json_text(webhook.url)}, {"created", format_utc(webhook.created_ms)}};
}

json::object delivery_object(const Delivery& delivery) {
  json::object object{
      {"id", std::to_string(delivery.id.value)},      {"type", delivery.type},         {"job", nullptr},          {"created", format_utc(delivery.created_ms)},
      {"state", delivery_state_name(delivery.state)}, {"attempts", delivery.attempts}, {"next_attempt", nullptr}, {"outcome", json_text(delivery.outcome)}};
  if (delivery.job) object["job"] = delivery.job->value;
  if (delivery.next_ms) object["next_attempt"] = format_utc(*delivery.next_ms);
  return object;
}

}  // namespace

std::string webhooks_json(const std::vector<Webhook>& webhooks) {
  json::array array;
  for (const Webhook& webhook : webhooks) array.push_back(webhook_object(webhook));
  return json_serialized(json::object{{"webhooks", std::move(array)}});
}

std::string new_webhook_json(const Webhook& made) {
  json::object object = webhook_object(made);
  object["secret"] = made.secret;
  return json_serialized(object);
}

std::string delivery_json(const Delivery& delivery) { return json_serialized(delivery_object(delivery)); }

std::string deliveries_json(const std::vector<Delivery>& deliveries) {
  json::array array;
  for (const Delivery& delivery : deliveries) array.push_back(delivery_object(delivery));
  return json_serialized(json::object{{"deliveries", std::move(array)}});
}

std::string webhook_body(const Delivery& delivery, const std::optional<JobRecord>& job) {
  const std::string data = job ? fmt::format(R"({{"job":{}}})", job_json(*job)) : "{}";
  return fmt::format(R"({{"type":"{}","timestamp":"{}","data":{}}})", delivery.type, format_utc(delivery.created_ms), data);
}

}  // namespace nozama
