#include "catalog/orders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/clock.h"
#include "base/hash.h"
#include "base/number.h"
#include "catalog/catalog.h"
#include "catalog/internal.h"
#include "catalog/order_validation.h"
#include "catalog/sql_lists.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

constexpr std::array<std::string_view, 5> kStateNames = {"received", "confirmed", "sent", "done", "cancelled"};

// The token stands in clear: who can read this row has the order itself.
constexpr std::string_view kOrderColumns =
    "id, number, token, COALESCE(account_id, 0), state, currency, total_minor, lang, name, email, phone, street, street2, postal_code, city,"
    " region, country, note, created_ms, updated_ms";

struct StoredOrder {
  int64_t row = 0;
  Order order;
};

StoredOrder read_order(const sql::Rows& rows) {
  return {.row = rows.integer(0),
          .order = {.number = rows.text(1),
                    .token = rows.text(2),
                    .account = AccountId{rows.integer(3)},
                    .state = static_cast<OrderState>(rows.integer(4)),
                    .currency = rows.text(5),
                    .total_minor = rows.integer(6),
                    .lang = rows.text(7),
                    .contact = {.name = rows.text(8),
                                .email = rows.text(9),
                                .phone = rows.text(10),
                                .street = rows.text(11),
                                .street2 = rows.text(12),
                                .postal_code = rows.text(13),
                                .city = rows.text(14),
                                .region = rows.text(15),
                                .country = rows.text(16)},
                    .note = rows.text(17),
                    .created_ms = rows.integer(18),
                    .updated_ms = rows.integer(19),
                    .lines = {},
                    .history = {}}};
}

// Their lines and their history.
Status fill_orders(sql::Connection& db, std::vector<StoredOrder>& orders) {
  std::unordered_map<int64_t, Order*> by_row;
  std::vector<int64_t> ids;
  for (StoredOrder& stored : orders) {
    by_row[stored.row] = &stored.order;
    ids.push_back(stored.row);
  }
  auto read = sql::for_each_listed(db,
                                   "SELECT order_id, product, variant, title, variant_title, picture, quantity, price_minor FROM order_line"
                                   " WHERE order_id IN ({}) ORDER BY order_id, position",
                                   ids, [&](const sql::Rows& rows) {
                                     by_row[rows.integer(0)]->lines.push_back({.product_id = rows.text(1),
                                                                               .variant_key = rows.text(2),
                                                                               .title = rows.text(3),
                                                                               .variant_title = rows.text(4),
                                                                               .picture_hash = rows.text(5),
                                                                               .quantity = rows.integer(6),
                                                                               .price_minor = rows.integer(7)});
                                   });
  if (!read) return read;
  return sql::for_each_listed(db, "SELECT order_id, state, at_ms FROM order_status WHERE order_id IN ({}) ORDER BY order_id, position", ids,
                              [&](const sql::Rows& rows) {
                                by_row[rows.integer(0)]->history.push_back({.state = static_cast<OrderState>(rows.integer(1)), .at_ms = rows.integer(2)});
                              });
}

// `where` has one value.
template <class Value>
Result<std::optional<StoredOrder>> find_order(sql::Connection& db, std::string_view where, const Value& value) {
  std::vector<StoredOrder> found;
  {
    sql::Rows rows = sql::query(db, fmt::format("SELECT {} FROM orders WHERE {}", kOrderColumns, where), value);
    if (rows.next()) found.push_back(read_order(rows));
    if (!rows.ok()) return rows.failure();
  }
  if (found.empty()) return std::nullopt;
  if (auto filled = fill_orders(db, found); !filled) return propagate(filled);
  return std::move(found.front());
}

Result<StoredOrder> order_by_number(sql::Connection& db, const std::string& number) {
  const auto unknown = [] { return fail(ErrorCode::kNotFound, "unknown_order", "there is no such order, or it is not yours to see"); };
  if (!is_clean_line(number)) return unknown();  // a server takes no such text
  auto found = find_order(db, "number = ?", number);
  if (!found) return propagate(found);
  if (!*found) return unknown();
  return std::move(**found);
}

Result<int64_t> total_of(const std::vector<CheckedLine>& lines) {
  int64_t total = 0;
  for (const CheckedLine& checked : lines) {
    int64_t sum = 0;
    if (__builtin_mul_overflow(checked.line.price_minor, checked.line.quantity, &sum) || __builtin_add_overflow(total, sum, &total)) {
      return fail(ErrorCode::kInvalidArgument, "bad_cart", "the total is beyond what can be counted: order fewer");
    }
  }
  return total;
}

// Ten hexadecimal digits: short enough to be told on the telephone.
Result<std::string> free_number(sql::Connection& db) {
  for (;;) {
    std::string number = random_hex(5);
    std::ranges::transform(number, number.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    auto taken = sql::query_integer(db, "SELECT id FROM orders WHERE number = ?", number);
    if (!taken) return propagate(taken);
    if (!*taken) return number;
  }
}

Result<int64_t> insert_order(sql::Connection& db, const OrderRequest& request, int64_t total_minor, int64_t now_ms) {
  auto number = free_number(db);
  if (!number) return propagate(number);
  const OrderContact& contact = request.contact;
  const auto account = request.account.value == 0 ? std::nullopt : std::optional(request.account.value);
  auto row = sql::query_integer(db,
                                "INSERT INTO orders (number, token, idempotency_key, request_digest, account_id, state, currency, total_minor, lang, name,"
                                " email, phone, street, street2, postal_code, city, region, country, note, forget_when_finished, created_ms, updated_ms)"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) RETURNING id",
                                *number, random_hex(16), request.idempotency_key, digest(request), account, static_cast<int>(OrderState::kReceived),
                                request.cart.currency, total_minor, request.cart.lang, contact.name, contact.email, contact.phone, contact.street,
                                contact.street2, contact.postal_code, contact.city, contact.region, contact.country, request.note, now_ms, now_ms);
  if (!row) return propagate(row);
  return row->value_or(0);
}

Status add_status(sql::Connection& db, int64_t row, int64_t position, OrderState state, int64_t now_ms) {
  return sql::execute(db, "INSERT INTO order_status (order_id, position, state, at_ms) VALUES (?, ?, ?, ?)", row, position, static_cast<int>(state), now_ms);
}

Status insert_lines(sql::Connection& db, int64_t row, const std::vector<CheckedLine>& lines) {
  std::vector<int64_t> changed;
  int64_t position = 0;
  for (const CheckedLine& checked : lines) {
    if (auto taken = take_stock(db, checked); !taken) return taken;
    const OrderLine& line = checked.line;
    auto added = sql::execute(db,
                              "INSERT INTO order_line (order_id, position, product, variant, title, variant_title, picture, quantity, price_minor,"
                              " stock_product_id, stock_variant_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                              row, position++, line.product_id, line.variant_key, line.title, line.variant_title, line.picture_hash, line.quantity,
                              line.price_minor, checked.product, checked.variant);
    if (!added) return added;
    if (checked.product.value != 0 && std::ranges::find(changed, checked.product.value) == changed.end()) changed.push_back(checked.product.value);
  }
  return append_changes(db, ChangeKind::kProduct, changed);
}

// The order that the key has made, if it has.
Result<std::optional<Order>> find_repeated(sql::Connection& db, const OrderRequest& request) {
  auto found = find_order(db, "idempotency_key = ?", request.idempotency_key);
  if (!found) return propagate(found);
  if (!*found) return std::nullopt;
  auto same = sql::query_integer(db, "SELECT 1 FROM orders WHERE id = ? AND request_digest = ?", (*found)->row, digest(request));
  if (!same) return propagate(same);
  if (*same) return std::move((*found)->order);
  return fail(ErrorCode::kInvalidArgument, "idempotency_key_reused", "this Idempotency-Key has made another order: send a new key with a new order");
}

Result<PlacedOrder> place_order(sql::Connection& db, const OrderRequest& request) {
  auto repeated = find_repeated(db, request);
  if (!repeated) return propagate(repeated);
  if (*repeated) return PlacedOrder{.order = std::move(*repeated), .repeated = true, .lines = {}};
  auto lines = check_cart(db, request.cart);
  if (!lines) return propagate(lines);
  if (std::ranges::any_of(*lines, [](const CheckedLine& line) { return line.problem != LineProblem::kNone; })) {
    return PlacedOrder{.order = std::nullopt, .repeated = false, .lines = std::move(*lines)};
  }
  const auto total = total_of(*lines);
  if (!total) return propagate(total);
  const int64_t now_ms = unix_time_ms();
  auto row = insert_order(db, request, *total, now_ms);
  if (!row) return propagate(row);
  if (auto added = insert_lines(db, *row, *lines); !added) return propagate(added);
  if (auto added = add_status(db, *row, 0, OrderState::kReceived, now_ms); !added) return propagate(added);
  auto stored = find_order(db, "id = ?", *row);
  if (!stored) return propagate(stored);
  return PlacedOrder{.order = std::move((*stored)->order), .repeated = false, .lines = {}};
}

bool may_change(OrderState from, OrderState to) {
  if (from == OrderState::kDone || from == OrderState::kCancelled) return false;
  return to == OrderState::kCancelled || static_cast<int>(to) == static_cast<int>(from) + 1;
}

Status give_stock_back(sql::Connection& db, int64_t row) {
  struct Taken {
    ProductId product;
    VariantId variant;
    int64_t quantity = 0;
  };
  std::vector<Taken> taken;
  {
    sql::Rows rows = sql::query(db, "SELECT stock_product_id, stock_variant_id, quantity FROM order_line WHERE order_id = ? AND stock_product_id <> 0", row);
    while (rows.next()) taken.push_back({ProductId{rows.integer(0)}, VariantId{rows.integer(1)}, rows.integer(2)});
    if (!rows.ok()) return rows.status();
  }
  std::vector<int64_t> changed;
  for (const Taken& line : taken) {
    auto returned = return_stock(db, line.product, line.variant, line.quantity);
    if (!returned) return propagate(returned);
    if (*returned && std::ranges::find(changed, line.product.value) == changed.end()) changed.push_back(line.product.value);
  }
  return append_changes(db, ChangeKind::kProduct, changed);
}

// Contacts of finished orders that are to be forgotten. What was sold stays, for the shop's books.
Status forget_contacts(sql::Connection& db) {
  return sql::execute(db,
                      "UPDATE orders SET name = '', email = '', phone = '', street = '', street2 = '', postal_code = '', city = '', region = '',"
                      " note = '', token = '', forget_when_finished = 0 WHERE forget_when_finished = 1 AND state >= ?",
                      static_cast<int>(OrderState::kDone));
}

Result<Order> change_state(sql::Connection& db, const std::string& number, OrderState state) {
  auto stored = order_by_number(db, number);
  if (!stored) return propagate(stored);
  const OrderState now = stored->order.state;
  if (now == state) return std::move(stored->order);
  if (!may_change(now, state)) {
    return fail(ErrorCode::kConflict, "bad_status_change",
                fmt::format("the order is {} and cannot become {}: received, confirmed, sent and done follow each other, and what is not finished may be"
                            " cancelled",
                            order_state_name(now), order_state_name(state)));
  }
  const int64_t now_ms = unix_time_ms();
  if (auto set = sql::execute(db, "UPDATE orders SET state = ?, updated_ms = ? WHERE id = ?", static_cast<int>(state), now_ms, stored->row); !set) {
    return propagate(set);
  }
  if (auto added = add_status(db, stored->row, std::ssize(stored->order.history), state, now_ms); !added) return propagate(added);
  if (state == OrderState::kCancelled) {
    if (auto returned = give_stock_back(db, stored->row); !returned) return propagate(returned);
  }
  if (auto forgotten = forget_contacts(db); !forgotten) return propagate(forgotten);
  auto changed = order_by_number(db, number);
  if (!changed) return propagate(changed);
  return std::move(changed->order);
}

Result<OrderPage> select_page(sql::Connection& db, const OrderListQuery& query, std::optional<int64_t> before) {
  const std::string pattern = sql::containing(query.text);
  std::string where = "1 = 1";
  std::vector<sql::Value> values;
  const auto add = [&](std::string_view condition, sql::Value value) {
    where += fmt::format(" AND {}", condition);
    values.push_back(value);
  };
  if (query.account) add("account_id = ?", sql::to_value(*query.account));
  if (query.state) add("state = ?", sql::to_value(static_cast<int>(*query.state)));
  if (!query.text.empty()) add("LOWER(number || ' ' || name || ' ' || email) LIKE LOWER(CAST(? AS TEXT)) ESCAPE '!'", sql::to_value(pattern));
  OrderPage page;
  {
    sql::Rows rows = sql::query_list(db, fmt::format("SELECT COUNT(*) FROM orders WHERE {}", where), values);
    if (rows.next()) page.total = rows.integer(0);
    if (!rows.ok()) return rows.failure();
  }
  if (before) add("id < ?", sql::to_value(*before));
  values.push_back(sql::to_value(query.limit + 1));
  std::vector<StoredOrder> found;
  {
    sql::Rows rows = sql::query_list(db, fmt::format("SELECT {} FROM orders WHERE {} ORDER BY id DESC LIMIT ?", kOrderColumns, where), values);
    while (rows.next()) found.push_back(read_order(rows));
    if (!rows.ok()) return rows.failure();
  }
  // The one too many shows that there is more.
  if (std::ssize(found) > query.limit) {
    found.pop_back();
    page.next = std::to_string(found.back().row);
  }
  if (auto filled = fill_orders(db, found); !filled) return propagate(filled);
  for (StoredOrder& stored : found) page.orders.push_back(std::move(stored.order));
  return page;
}

}  // namespace

std::string_view order_state_name(OrderState state) { return kStateNames[static_cast<size_t>(state)]; }

std::optional<OrderState> order_state_from_name(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<OrderState>(found - kStateNames.begin());
}

OrderStore::OrderStore(Catalog& catalog) : pool_(catalog.pool()) {}

Result<PlacedOrder> OrderStore::place(const OrderRequest& request) {
  if (auto valid = validate(request); !valid) return propagate(valid);
  return pool_.write([&](sql::Connection& db) { return place_order(db, request); });
}

Result<std::vector<CheckedLine>> OrderStore::check(const Cart& cart) {
  if (auto valid = validate(cart); !valid) return propagate(valid);
  return pool_.read([&](sql::Connection& db) { return check_cart(db, cart); });
}

Result<Order> OrderStore::order(const std::string& number) {
  return pool_.read([&](sql::Connection& db) -> Result<Order> {
    auto stored = order_by_number(db, number);
    if (!stored) return propagate(stored);
    return std::move(stored->order);
  });
}

Result<OrderPage> OrderStore::list(const OrderListQuery& query) {
  const auto before = parse_number<int64_t>(query.after);
  if (query.limit < 1 || query.limit > kOrdersPerPageMax || (!query.after.empty() && !before)) {
    return fail(ErrorCode::kInvalidArgument, "bad_page", fmt::format("limit must be 1 to {} and after the `next` of the page before", kOrdersPerPageMax));
  }
  if (!is_clean_line(query.text)) return fail(ErrorCode::kInvalidArgument, "bad_parameter", "text: must be one line of UTF-8");
  return pool_.read([&](sql::Connection& db) { return select_page(db, query, before); });
}

Result<Order> OrderStore::set_state(const std::string& number, OrderState state) {
  return pool_.write([&](sql::Connection& db) { return change_state(db, number, state); });
}

Status forget_orders(sql::Connection& db, AccountId account) {
  auto marked = sql::execute(db, "UPDATE orders SET account_id = NULL, forget_when_finished = 1 WHERE account_id = ?", account);
  if (!marked) return marked;
  return forget_contacts(db);
}

}  // namespace nozama
