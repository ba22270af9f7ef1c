#include "server/analytics_views.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/clock.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

json::value text_or_null(std::string_view value) {
  if (value.empty()) return nullptr;
  return json_text(value);
}

json::array ids(const std::vector<std::string>& products) {
  json::array array;
  for (const std::string& product : products) array.push_back(json_text(product));
  return array;
}

json::object query_object(const QueryRecord& query) {
  json::object object;
  object["id"] = json_text(query.id);
  object["time"] = format_utc(query.time_ms);
  object["kind"] = query_kind_name(query.kind);
  object["text"] = text_or_null(query.text);
  object["category"] = text_or_null(query.category);
  object["seen_category"] = text_or_null(query.seen_category);
  object["filter"] = text_or_null(query.filter);
  object["results"] = query.results;
  object["best_score"] = query.best_score ? json::value(rounded(*query.best_score)) : json::value(nullptr);
  const QueryTimings& timings = query.timings;
  object["timings_ms"] = {{"decode", rounded(timings.decode_ms)},
                          {"encode", rounded(timings.encode_ms)},
                          {"search", rounded(timings.search_ms)},
                          {"rank", rounded(timings.rank_ms)},
                          {"total", rounded(timings.total_ms)}};
  object["first_products"] = ids(query.first_products);
  return object;
}

// Those of `these` that are not among `those`.
json::array only_in(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  json::array array;
  for (const std::string& id : these) {
    if (std::ranges::find(those, id) == those.end()) array.push_back(json_text(id));
  }
  return array;
}

}  // namespace

std::string query_page_json(const QueryPage& page) {
  json::array queries;
  for (const QueryRecord& query : page.queries) queries.push_back(query_object(query));
  json::object root{{"queries", std::move(queries)}};
  if (!page.next.empty()) root["next"] = json_text(page.next);
  return json_serialized(root);
}

std::string query_json(const QueryRecord& query, const std::vector<ShopperEvent>& events) {
  json::object root = query_object(query);
  root["vector"] = text_or_null(query.vector);
  json::array array;
  for (const ShopperEvent& event : events) {
    array.push_back({{"time", format_utc(event.time_ms)},
                     {"kind", json_text(event.kind)},
                     {"product_id", json_text(event.product_id)},
                     {"position", event.position ? json::value(*event.position) : json::value(nullptr)}});
  }
  root["events"] = std::move(array);
  return json_serialized(root);
}

std::string analytics_json(const AnalyticsFigures& figures, int64_t from_ms, int64_t to_ms) {
  json::array points, searches, products;
  for (const AnalyticsFigures::Point& point : figures.points) {
    points.push_back(
        {{"start", format_utc(point.start_ms)}, {"searches", point.searches}, {"without_results", point.without_results}, {"mean_ms", rounded(point.mean_ms)}});
  }
  for (const AnalyticsFigures::Search& search : figures.searches) {
    searches.push_back({{"text", json_text(search.text)}, {"searches", search.searches}, {"without_results", search.without_results}});
  }
  for (const AnalyticsFigures::Product& product : figures.products) {
    products.push_back({{"product_id", json_text(product.product_id)},
                        {"title", text_or_null(product.title)},
                        {"clicks", product.clicks},
                        {"carts", product.carts},
                        {"orders", product.orders}});
  }
  const SearchCounts& total = figures.total;
  json::object root;
  root["from"] = format_utc(from_ms);
  root["to"] = format_utc(to_ms);
  root["searches"] = total.searches;
  root["without_results"] = total.without_results;
  root["clicked_searches"] = total.clicked;
  root["converted_searches"] = total.converted;
  root["click_position"] = figures.click_position ? json::value(rounded(*figures.click_position)) : json::value(nullptr);
  root["events"] = {{"click", figures.clicks}, {"view", figures.views}, {"cart", figures.carts}, {"order", figures.orders}, {"favourite", figures.favourites}};
  root["step_seconds"] = figures.step_ms / 1000;
  root["points"] = std::move(points);
  root["top_searches"] = std::move(searches);
  root["top_products"] = std::move(products);
  return json_serialized(root);
}

std::string recall_hours_json(const std::vector<RecallHour>& hours) {
  json::array array;
  for (const RecallHour& hour : hours) {
    const double recall = hour.expected > 0 ? static_cast<double>(hour.found) / static_cast<double>(hour.expected) : 1;
    array.push_back({{"start", format_utc(hour.start_ms)}, {"searches", hour.searches}, {"recall", std::round(recall * 1e6) / 1e6}});
  }
  return json_serialized(json::object{{"hours", std::move(array)}});
}

std::string replay_json(const QueryRecord& before, const Replay& now) {
  const size_t compared = std::min(before.first_products.size(), now.products.size());
  bool same_order = before.first_products.size() == now.products.size();
  for (size_t i = 0; i < compared; ++i) same_order = same_order && before.first_products[i] == now.products[i];
  json::object root;
  root["before"] = {{"results", before.results}, {"total_ms", rounded(before.timings.total_ms)}, {"products", ids(before.first_products)}};
  root["now"] = {{"results", now.results}, {"total_ms", rounded(now.total_ms)}, {"products", ids(now.products)}};
  root["came"] = only_in(now.products, before.first_products);
  root["went"] = only_in(before.first_products, now.products);
  root["same"] = same_order;
  return json_serialized(root);
}

}  // namespace nozama
