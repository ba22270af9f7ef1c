#include "catalog/cart.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "base/clock.h"
#include "catalog/internal.h"
#include "catalog/money.h"
#include "catalog/validation.h"

namespace nozama {

namespace {

std::unexpected<Error> bad(std::string_view reason, std::string message) { return fail(ErrorCode::kInvalidArgument, reason, std::move(message)); }

struct ProductRow {
  ProductId id;
  std::optional<int64_t> price_minor, stock;
  std::string currency;
};

Result<std::optional<ProductRow>> find_product(sql::Connection& db, const std::string& external_id) {
  std::optional<ProductRow> product;
  sql::Rows rows = sql::query(db, "SELECT id, price_minor, stock, currency FROM product WHERE external_id = ?", external_id);
  if (rows.next()) {
    product = {.id = ProductId{rows.integer(0)}, .price_minor = rows.optional_integer(1), .stock = rows.optional_integer(2), .currency = rows.text(3)};
  }
  if (!rows.ok()) return rows.failure();
  return product;
}

struct VariantRow {
  VariantId id;
  std::string key, title;
  std::optional<int64_t> price_minor, stock;
};

// The one of that key; for "" the first.
Result<std::optional<VariantRow>> find_variant(sql::Connection& db, ProductId product, const std::string& key) {
  std::optional<VariantRow> variant;
  sql::Rows rows = key.empty()
                       ? sql::query(db, "SELECT id, key, title, price_minor, stock FROM variant WHERE product_id = ? ORDER BY position LIMIT 1", product)
                       : sql::query(db, "SELECT id, key, title, price_minor, stock FROM variant WHERE product_id = ? AND key = ?", product, key);
  if (rows.next()) {
    variant = {.id = VariantId{rows.integer(0)},
               .key = rows.text(1),
               .title = rows.text(2),
               .price_minor = rows.optional_integer(3),
               .stock = rows.optional_integer(4)};
  }
  if (!rows.ok()) return rows.failure();
  return variant;
}

// Title and picture, as the shopper sees them.
Status describe(sql::Connection& db, ProductId product, VariantId variant, const std::string& lang, OrderLine& line) {
  const std::string wanted = normalized_lang(lang);
  {
    sql::Rows rows = sql::query(db, fmt::format("SELECT title FROM product_text WHERE product_id = ? ORDER BY {}, lang LIMIT 1", kLangRank), product, wanted,
                                base_lang(wanted));
    if (rows.next()) line.title = rows.text(0);
    if (!rows.ok()) return rows.status();
  }
  sql::Rows rows = sql::query(db,
                              "SELECT c.hash FROM picture k JOIN content c ON c.id = k.content_id WHERE k.product_id = ?"
                              " ORDER BY CASE WHEN k.variant_id = ? THEN 0 ELSE 1 END, k.position LIMIT 1",
                              product, variant);
  if (rows.next()) line.picture_hash = rows.text(0);
  return rows.status();
}

// A product's own number counts only where none of its variants has one: feeds make it the sum of theirs.
Status find_stock(sql::Connection& db, const ProductRow& product, const std::optional<VariantRow>& variant, CheckedLine& checked) {
  if (variant && variant->stock) {
    checked.available = variant->stock;
    checked.product = product.id;
    checked.variant = variant->id;
    return {};
  }
  if (!product.stock) return {};
  auto counted = sql::query_integer(db, "SELECT 1 FROM variant WHERE product_id = ? AND stock IS NOT NULL LIMIT 1", product.id);
  if (!counted) return propagate(counted);
  if (*counted) return {};
  checked.available = product.stock;
  checked.product = product.id;
  return {};
}

LineProblem judge(const CheckedLine& checked, std::optional<int64_t> price_minor, const CartLine& asked, const std::string& currency) {
  if (!price_minor) return LineProblem::kNoPrice;
  if (checked.available && *checked.available < asked.quantity) return LineProblem::kOutOfStock;
  if (checked.currency != currency) return LineProblem::kOtherCurrency;
  return *price_minor == asked.price_minor ? LineProblem::kNone : LineProblem::kPriceChanged;
}

Result<CheckedLine> check_line(sql::Connection& db, const Cart& cart, const CartLine& asked) {
  CheckedLine checked;
  checked.currency = cart.currency;
  checked.line = {.product_id = asked.product_id,
                  .variant_key = asked.variant_key,
                  .title = {},
                  .variant_title = {},
                  .picture_hash = {},
                  .quantity = asked.quantity,
                  .price_minor = asked.price_minor};
  auto product = find_product(db, asked.product_id);
  if (!product) return propagate(product);
  if (!*product) {
    checked.problem = LineProblem::kProductGone;
    return checked;
  }
  auto variant = find_variant(db, (*product)->id, asked.variant_key);
  if (!variant) return propagate(variant);
  const VariantId variant_id = *variant ? (*variant)->id : VariantId{};
  if (auto described = describe(db, (*product)->id, variant_id, cart.lang, checked.line); !described) return propagate(described);
  if (!*variant && !asked.variant_key.empty()) {
    checked.problem = LineProblem::kVariantGone;
    return checked;
  }
  std::optional<int64_t> price_minor = (*product)->price_minor;
  if (*variant) {
    checked.line.variant_key = (*variant)->key;
    checked.line.variant_title = (*variant)->title;
    if ((*variant)->price_minor) price_minor = (*variant)->price_minor;
  }
  checked.line.price_minor = price_minor.value_or(0);
  checked.currency = (*product)->currency;
  if (auto found = find_stock(db, **product, *variant, checked); !found) return propagate(found);
  checked.problem = judge(checked, price_minor, asked, cart.currency);
  return checked;
}

}  // namespace

std::string_view line_problem_name(LineProblem problem) {
  constexpr std::array<std::string_view, 7> kNames = {"", "product_gone", "variant_gone", "no_price", "other_currency", "price_changed", "out_of_stock"};
  return kNames[static_cast<size_t>(problem)];
}

Status validate(const Cart& cart) {
  if (cart.lines.empty() || cart.lines.size() > kCartLinesMax) return bad("bad_cart", fmt::format("lines: must be 1 to {}", kCartLinesMax));
  if (!is_currency_code(cart.currency)) return bad("bad_currency", "currency: three capital letters (ISO 4217), as in EUR");
  if (!is_clean_line(cart.lang)) return bad("bad_lang", "lang: must be a language tag, as in de or pt-BR");
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const CartLine& line : cart.lines) {
    for (const std::string* id : {&line.product_id, &line.variant_key}) {
      if (id->size() > kExternalIdBytesMax || !is_clean_line(*id)) return bad("bad_cart", "lines: a product or variant id is not one line of UTF-8 text");
    }
    if (line.product_id.empty()) return bad("bad_cart", "lines: a product id is empty");
    if (line.quantity < 1 || line.quantity > kLineQuantityMax) return bad("bad_quantity", fmt::format("quantity: must be 1 to {}", kLineQuantityMax));
    if (line.price_minor < 0) return bad("bad_price", "price: negative");
    if (!seen.emplace(line.product_id, line.variant_key).second) {
      return bad("duplicate_line", fmt::format("product '{}' stands twice: send one line with the sum", line.product_id));
    }
  }
  return {};
}

Result<std::vector<CheckedLine>> check_cart(sql::Connection& db, const Cart& cart) {
  std::vector<CheckedLine> lines;
  for (const CartLine& asked : cart.lines) {
    auto checked = check_line(db, cart, asked);
    if (!checked) return propagate(checked);
    lines.push_back(std::move(*checked));
  }
  return lines;
}

// The digest goes: a feed that comes after a sale states the stock anew, even when it says what it said before.
Status take_stock(sql::Connection& db, const CheckedLine& line) {
  if (line.product.value == 0) return {};
  const int64_t quantity = line.line.quantity;
  const auto too_few = [&] { return fail(ErrorCode::kConflict, "out_of_stock", fmt::format("too few of '{}' are left", line.line.product_id)); };
  const int64_t now_ms = unix_time_ms();
  if (line.variant.value == 0) {
    auto left = sql::query_integer(db, "UPDATE product SET stock = stock - ?, digest = '', updated_ms = ? WHERE id = ? AND stock >= ? RETURNING stock",
                                   quantity, now_ms, line.product, quantity);
    if (!left) return propagate(left);
    return *left ? Status() : too_few();
  }
  auto left = sql::query_integer(db, "UPDATE variant SET stock = stock - ? WHERE id = ? AND stock >= ? RETURNING stock", quantity, line.variant, quantity);
  if (!left) return propagate(left);
  if (!*left) return too_few();
  return sql::execute(db, "UPDATE product SET stock = CASE WHEN stock < ? THEN 0 ELSE stock - ? END, digest = '', updated_ms = ? WHERE id = ?", quantity,
                      quantity, now_ms, line.product);
}

Result<bool> return_stock(sql::Connection& db, ProductId product, VariantId variant, int64_t quantity) {
  if (variant.value != 0) {
    auto there = sql::query_integer(db, "UPDATE variant SET stock = stock + ? WHERE id = ? AND stock IS NOT NULL RETURNING id", quantity, variant);
    if (!there) return propagate(there);
    if (!*there) return false;
  }
  auto there =
      sql::query_integer(db, "UPDATE product SET stock = stock + ?, digest = '', updated_ms = ? WHERE id = ? RETURNING id", quantity, unix_time_ms(), product);
  if (!there) return propagate(there);
  return there->has_value();
}

}  // namespace nozama
