#include "server/order_requests.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <initializer_list>
#include <utility>

#include "catalog/money.h"

namespace nozama {
namespace {

namespace json = boost::json;

enum class Presence { kNeeded, kOptional };

// Members by name. The first that is wrong is remembered and answered by finish(), and so is one that nobody asked for.
class MemberReader {
 public:
  MemberReader(const json::object& object, std::string place) : object_(object), place_(std::move(place)) {}

  // null is as if absent.
  void text(std::string_view name, std::string& out, Presence presence = Presence::kNeeded) {
    const json::value* value = find(name, presence);
    if (value == nullptr) return;
    if (const json::string* found = value->if_string()) {
      out.assign(found->data(), found->size());
    } else {
      refuse(name, "must be a text");
    }
  }

  void integer(std::string_view name, int64_t& out) {
    const json::value* value = find(name, Presence::kNeeded);
    if (value == nullptr) return;
    if (const int64_t* found = value->if_int64()) {
      out = *found;
    } else {
      refuse(name, "must be a whole number");
    }
  }

  // A decimal in major units.
  void money(std::string_view name, std::string_view currency, int64_t& minor) {
    const json::value* value = find(name, Presence::kNeeded);
    if (value == nullptr) return;
    if (!value->is_number()) return refuse(name, "must be a number");
    const auto parsed = parse_money(fmt::format("{}", value->to_number<double>()), currency);
    if (!parsed) return refuse(name, "must be an amount in major units, as in 12.5");
    minor = *parsed;
  }

  const json::object* object(std::string_view name) {
    const json::value* value = find(name, Presence::kNeeded);
    if (value == nullptr) return nullptr;
    if (value->is_object()) return &value->get_object();
    refuse(name, "must be an object");
    return nullptr;
  }

  const json::array* array(std::string_view name) {
    const json::value* value = find(name, Presence::kNeeded);
    if (value == nullptr) return nullptr;
    if (value->is_array()) return &value->get_array();
    refuse(name, "must be a list");
    return nullptr;
  }

  void refuse(std::string_view name, std::string_view rule) {
    if (!error_) error_ = Error{ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("{}{}: {}", place_, name, rule)};
  }
  void take(const Status& inner) {
    if (!inner && !error_) error_ = inner.error();
  }

  Status finish() const {
    if (error_) return std::unexpected(*error_);
    if (known_ == object_.size()) return {};
    return fail(ErrorCode::kInvalidArgument, "unknown_parameter", fmt::format("{}there are members that this endpoint does not have", place_));
  }

 private:
  const json::value* find(std::string_view name, Presence presence) {
    const json::value* value = object_.if_contains(name);
    if (value != nullptr) ++known_;
    if (value != nullptr && !value->is_null()) return value;
    if (presence == Presence::kNeeded) refuse(name, "is needed");
    return nullptr;
  }

  const json::object& object_;
  std::string place_;
  size_t known_ = 0;
  std::optional<Error> error_;
};

Result<json::object> parse_object(std::string_view body) {
  boost::system::error_code failed;
  json::value parsed = json::parse(body, failed);
  if (failed || !parsed.is_object()) return fail(ErrorCode::kInvalidArgument, "bad_json", "the body is not a JSON object");
  return std::move(parsed.get_object());
}

Status read_line(const json::value& value, const std::string& place, const std::string& currency, CartLine& line) {
  if (!value.is_object()) return fail(ErrorCode::kInvalidArgument, "bad_parameter", fmt::format("{}must be an object", place));
  MemberReader members(value.get_object(), place);
  members.text("product_id", line.product_id);
  members.text("variant", line.variant_key, Presence::kOptional);
  members.integer("quantity", line.quantity);
  members.money("price", currency, line.price_minor);
  return members.finish();
}

void read_cart_members(MemberReader& members, Cart& cart) {
  members.text("currency", cart.currency);
  members.text("lang", cart.lang);
  const json::array* lines = members.array("lines");
  if (lines == nullptr) return;
  if (!is_currency_code(cart.currency)) return members.refuse("currency", "three capital letters (ISO 4217), as in EUR");
  if (lines->size() > kCartLinesMax) return members.refuse("lines", fmt::format("at most {}", kCartLinesMax));
  for (const json::value& line : *lines) {
    const std::string place = fmt::format("lines[{}].", cart.lines.size());
    members.take(read_line(line, place, cart.currency, cart.lines.emplace_back()));
  }
}

Status read_contact(const json::object& object, OrderContact& contact) {
  MemberReader members(object, "contact.");
  members.text("name", contact.name);
  members.text("email", contact.email);
  members.text("phone", contact.phone, Presence::kOptional);
  members.text("street", contact.street);
  members.text("street2", contact.street2, Presence::kOptional);
  members.text("postal_code", contact.postal_code, Presence::kOptional);
  members.text("city", contact.city);
  members.text("region", contact.region, Presence::kOptional);
  members.text("country", contact.country);
  return members.finish();
}

}  // namespace

Result<Cart> read_cart(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return propagate(object);
  Cart cart;
  MemberReader members(*object, "");
  read_cart_members(members, cart);
  if (const Status valid = members.finish(); !valid) return propagate(valid);
  return cart;
}

Result<OrderRequest> read_order_request(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return propagate(object);
  OrderRequest request;
  MemberReader members(*object, "");
  read_cart_members(members, request.cart);
  if (const json::object* contact = members.object("contact")) members.take(read_contact(*contact, request.contact));
  members.text("note", request.note, Presence::kOptional);
  if (const Status valid = members.finish(); !valid) return propagate(valid);
  return request;
}

Result<OrderState> read_order_state(std::string_view body) {
  const auto object = parse_object(body);
  if (!object) return propagate(object);
  std::string name;
  MemberReader members(*object, "");
  members.text("status", name);
  const auto state = order_state_from_name(name);
  if (!state) members.refuse("status", "must be received, confirmed, sent, done or cancelled");
  if (const Status valid = members.finish(); !valid) return propagate(valid);
  return *state;
}

}  // namespace nozama
