// Orders: requests of shoppers that the shop answers itself; nothing is paid here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/accounts.h"
#include "catalog/cart.h"

namespace nozama {

class Catalog;

namespace sql {
class Connection;
class Pool;
}  // namespace sql

// Stored as numbers: append only.
enum class OrderState { kReceived, kConfirmed, kSent, kDone, kCancelled };
std::string_view order_state_name(OrderState state);  // "received"
std::optional<OrderState> order_state_from_name(std::string_view name);

// Whom the shop answers, and where the goods go.
struct OrderContact {
  std::string name, email, phone;  // the phone may be ""
  std::string street, street2;     // the second line may be ""
  std::string postal_code;         // may be "": not every country has them
  std::string city, region;        // the region may be ""
  std::string country;             // ISO 3166-1 alpha-2, upper case
  bool operator==(const OrderContact&) const = default;
};

struct OrderRequest {
  std::string idempotency_key;  // one order a key: 16 to 100 letters, digits, '-' or '_'
  AccountId account;            // {0} = a guest
  Cart cart;
  OrderContact contact;
  std::string note;  // several lines, may be ""
};

struct OrderStatusChange {
  OrderState state = OrderState::kReceived;
  int64_t at_ms = 0;
};

struct Order {
  std::string number;  // what people call it; not guessable
  std::string token;   // whoever has it may see the order
  AccountId account;   // {0} = a guest, or the account is gone
  OrderState state = OrderState::kReceived;
  std::string currency;
  int64_t total_minor = 0;
  std::string lang;      // of the shopper
  OrderContact contact;  // empty once it was forgotten
  std::string note;
  int64_t created_ms = 0, updated_ms = 0;
  std::vector<OrderLine> lines;  // title, price and picture as they were when it was made
  std::vector<OrderStatusChange> history;
};

struct PlacedOrder {
  std::optional<Order> order;      // absent when a line has a problem
  bool repeated = false;           // the key's order was there already
  std::vector<CheckedLine> lines;  // as in the cart, when there is no order
};

inline constexpr int kOrdersPerPageMax = 100;

struct OrderListQuery {
  std::optional<AccountId> account;  // absent = everybody's
  std::optional<OrderState> state;
  std::string text = {};  // in the number, the name or the e-mail address, whatever the case (SQLite: of A to Z); "" = all
  std::string after;      // OrderPage::next of the page before; "" = from the start
  int limit = 30;         // 1 to kOrdersPerPageMax
};

struct OrderPage {
  std::vector<Order> orders;  // newest first
  int64_t total = 0;
  std::string next;  // "" = this was the last
};

// Thread-safe, beside the catalogue's own calls and in its database; errors as Catalog's.
class OrderStore {
 public:
  explicit OrderStore(Catalog& catalog);

  // Checks the lines, takes them out of stock and keeps the order, all in one transaction; products whose stock has
  // changed get a change entry. A line that is not as the shopper saw it makes no order. kInvalidArgument "bad_…" names the field that
  // is wrong; "idempotency_key_reused": the key has made another order than this would be.
  Result<PlacedOrder> place(const OrderRequest& request);
  // The lines as the catalogue has them now, in the cart's order. kInvalidArgument as place().
  Result<std::vector<CheckedLine>> check(const Cart& cart);

  Result<Order> order(const std::string& number);  // kNotFound "unknown_order"
  Result<OrderPage> list(const OrderListQuery& query);

  // received → confirmed → sent → done; any but a done one may be cancelled, which gives its stock back. To where it
  // is already changes nothing. kConflict "bad_status_change" otherwise.
  Result<Order> set_state(const std::string& number, OrderState state);

 private:
  sql::Pool& pool_;
};

// A step of forget_account() (account_data.h), in its transaction.
Status forget_orders(sql::Connection& db, AccountId account);

}  // namespace nozama
