#include "server/order_views.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/clock.h"
#include "catalog/money.h"
#include "server/account_views.h"
#include "server/json_text.h"

namespace nozama {
namespace {

namespace json = boost::json;

constexpr int kLinePictureWidth = 320;

json::value text_or_null(std::string_view value) {
  if (value.empty()) return nullptr;
  return json_text(value);
}

json::object line_object(const OrderLine& line, std::string_view currency) {
  json::object object;
  object["product_id"] = json_text(line.product_id);
  object["variant"] = text_or_null(line.variant_key);
  object["title"] = json_text(line.title);
  object["variant_title"] = text_or_null(line.variant_title);
  object["image_url"] = text_or_null(line.picture_hash.empty() ? "" : fmt::format("/media/{}/{}.webp", line.picture_hash, kLinePictureWidth));
  object["quantity"] = line.quantity;
  object["price"] = major_units(line.price_minor, currency);
  return object;
}

json::object checked_object(const CheckedLine& checked) {
  json::object object = line_object(checked.line, checked.currency);
  object["currency"] = json_text(checked.currency);
  object["available"] = checked.available ? json::value(*checked.available) : json::value(nullptr);
  object["problem"] = text_or_null(line_problem_name(checked.problem));
  return object;
}

json::array checked_array(const std::vector<CheckedLine>& lines) {
  json::array array;
  for (const CheckedLine& checked : lines) array.push_back(checked_object(checked));
  return array;
}

json::value contact_object(const OrderContact& contact) {
  if (contact.name.empty()) return nullptr;
  return {{"name", json_text(contact.name)},     {"email", json_text(contact.email)},     {"phone", json_text(contact.phone)},
          {"street", json_text(contact.street)}, {"street2", json_text(contact.street2)}, {"postal_code", json_text(contact.postal_code)},
          {"city", json_text(contact.city)},     {"region", json_text(contact.region)},   {"country", json_text(contact.country)}};
}

json::object order_object(const Order& order) {
  json::array lines, history;
  for (const OrderLine& line : order.lines) lines.push_back(line_object(line, order.currency));
  for (const OrderStatusChange& change : order.history) {
    history.push_back({{"status", order_state_name(change.state)}, {"at", format_utc(change.at_ms)}});
  }
  json::object object;
  object["id"] = json_text(order.number);
  object["token"] = text_or_null(order.token);
  object["status"] = order_state_name(order.state);
  object["currency"] = json_text(order.currency);
  object["total"] = major_units(order.total_minor, order.currency);
  object["lang"] = json_text(order.lang);
  object["contact"] = contact_object(order.contact);
  object["note"] = json_text(order.note);
  object["created"] = format_utc(order.created_ms);
  object["updated"] = format_utc(order.updated_ms);
  object["lines"] = std::move(lines);
  object["history"] = std::move(history);
  return object;
}

}  // namespace

std::string order_json(const Order& order) { return json_serialized(order_object(order)); }

std::string order_page_json(const OrderPage& page) {
  json::array orders;
  for (const Order& order : page.orders) orders.push_back(order_object(order));
  return json_serialized(json::object{{"orders", std::move(orders)}, {"total", page.total}, {"next", text_or_null(page.next)}});
}

std::string cart_json(const std::vector<CheckedLine>& lines) { return json_serialized(json::object{{"lines", checked_array(lines)}}); }

std::string cart_problem_json(std::string_view problem, const std::vector<CheckedLine>& lines) {
  json::object object = json::parse(problem).get_object();
  object["lines"] = checked_array(lines);
  return json_serialized(object);
}

std::string account_export_json(const AccountExport& data) {
  json::array orders, favourites;
  for (const Order& order : data.orders) orders.push_back(order_object(order));
  for (const std::string& id : data.favourites) favourites.push_back(json_text(id));
  return json_serialized(json::object{{"account", json::parse(account_json(data.account))},
                                      {"orders", std::move(orders)},
                                      {"favourites", std::move(favourites)},
                                      {"actions", json::parse(audit_json(data.actions)).at("entries")}});
}

}  // namespace nozama
