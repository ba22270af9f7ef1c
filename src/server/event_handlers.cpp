#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/clock.h"
#include "engine/activity_recorder.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/request_params.h"
#include "server/utf8.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr size_t kBodyBytesMax = size_t{64} << 10;
constexpr size_t kEventsMax = 100;
constexpr size_t kIdBytesMax = 512;
constexpr int64_t kPositionMax = 10'000;
constexpr std::array<std::string_view, 5> kKinds = {"click", "view", "cart", "order", "favourite"};

std::unexpected<Error> bad_event(size_t number, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, "bad_event", fmt::format("event {}: {}", number, why));
}

bool is_id(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return text.size() <= kIdBytesMax && is_valid_utf8(text) && std::ranges::none_of(text, is_control);
}

// "" = absent.
Result<std::string> read_id(const json::object& event, std::string_view name, size_t number) {
  const json::value* value = event.if_contains(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string() || !is_id(value->as_string())) {
    return bad_event(number, fmt::format("'{}' must be one line of at most {} bytes", name, kIdBytesMax));
  }
  return std::string(value->as_string());
}

Result<ShopperEvent> read_event(const json::value& value, size_t number) {
  const json::object* event = value.if_object();
  if (event == nullptr) return bad_event(number, "it must be an object");
  for (const auto& [name, member] : *event) {
    constexpr std::array<std::string_view, 4> kNames = {"kind", "product_id", "query_id", "position"};
    if (std::ranges::find(kNames, std::string_view(name)) == kNames.end()) {
      return bad_event(number, fmt::format("it may have {}, nothing else", fmt::join(kNames, ", ")));
    }
  }
  ShopperEvent record;
  const json::value* kind = event->if_contains("kind");
  if (kind == nullptr || !kind->is_string() || std::ranges::find(kKinds, std::string_view(kind->as_string())) == kKinds.end()) {
    return bad_event(number, fmt::format("'kind' must be one of {}", fmt::join(kKinds, ", ")));
  }
  record.kind = std::string(kind->as_string());
  auto product = read_id(*event, "product_id", number);
  if (!product) return propagate(product);
  if (product->empty()) return bad_event(number, "'product_id' is missing");
  record.product_id = std::move(*product);
  auto query = read_id(*event, "query_id", number);
  if (!query) return propagate(query);
  record.query_id = std::move(*query);
  if (const json::value* position = event->if_contains("position"); position != nullptr && !position->is_null()) {
    if (!position->is_int64() || position->as_int64() < 1 || position->as_int64() > kPositionMax) {
      return bad_event(number, fmt::format("'position' must be a whole number from 1 to {}", kPositionMax));
    }
    record.position = position->as_int64();
  }
  record.time_ms = unix_time_ms();
  return record;
}

Result<std::vector<ShopperEvent>> read_events(const std::string& body) {
  json::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  const json::value root = json::parse(body, error, {}, options);
  const json::object* object = error ? nullptr : root.if_object();
  const json::value* list = object != nullptr && object->size() == 1 ? object->if_contains("events") : nullptr;
  if (list == nullptr || !list->is_array()) return fail(ErrorCode::kInvalidArgument, "bad_json", R"(the body must be {"events": […]})");
  const json::array& events = list->as_array();
  if (events.empty() || events.size() > kEventsMax) {
    return fail(ErrorCode::kInvalidArgument, "bad_event", fmt::format("there are {} events; a request has from 1 to {}", events.size(), kEventsMax));
  }
  std::vector<ShopperEvent> records;
  for (const json::value& event : events) {
    auto record = read_event(event, records.size() + 1);
    if (!record) return propagate(record);
    records.push_back(std::move(*record));
  }
  return records;
}

Response post_events(ActivityRecorder& recorder, const Request& request) {
  if (const Status valid = RequestParams::from_query(request.query).finish(); !valid) return problem_response(valid.error(), request.id);
  if (media_type(request.header("content-type")) != "application/json") {
    return problem_response({ErrorCode::kUnsupported, "unsupported_media_type", "events are sent as application/json"}, request.id);
  }
  auto events = read_events(request.body);
  if (!events) return problem_response(events.error(), request.id);
  const size_t count = events->size();
  if (!recorder.record(std::move(*events))) {
    return problem_response({ErrorCode::kBusy, "too_many_events", "more events arrive than can be written down; try again in a moment"}, request.id);
  }
  Response response = json_response(fmt::format(R"({{"accepted":{}}})", count));
  response.status = 202;
  response.set_header("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_event_routes(Router& router, ActivityRecorder& recorder) {
  router.add({.method = "POST",
              .pattern = "/api/v1/events",
              .handler = [&recorder](const Request& request) { return post_events(recorder, request); },
              .body_bytes_max = kBodyBytesMax,
              .any_site = true});  // what a widget tells is as public as what the storefront tells
}

}  // namespace nozama
