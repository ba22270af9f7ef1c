// What a shopper wants to buy, held against the catalogue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace nozama {

namespace sql {
class Connection;
}

inline constexpr size_t kCartLinesMax = 100;
inline constexpr int64_t kLineQuantityMax = 999;

struct CartLine {
  std::string product_id;   // external id
  std::string variant_key;  // "" = the default one
  int64_t quantity = 1;     // 1 to kLineQuantityMax
  int64_t price_minor = 0;  // of one, as the shopper saw it
};

struct Cart {
  std::string currency;         // of every price
  std::string lang;             // the titles' language
  std::vector<CartLine> lines;  // 1 to kCartLinesMax, each product and variant once
};

struct OrderLine {
  std::string product_id;
  std::string variant_key;  // "" = the product has no variants
  std::string title;
  std::string variant_title;
  std::string picture_hash;  // "" = none
  int64_t quantity = 0;
  int64_t price_minor = 0;  // of one
  bool operator==(const OrderLine&) const = default;
};

enum class LineProblem { kNone, kProductGone, kVariantGone, kNoPrice, kOtherCurrency, kPriceChanged, kOutOfStock };
std::string_view line_problem_name(LineProblem problem);  // "product_gone"; "" for none

struct CheckedLine {
  OrderLine line;  // as it is now; only what the cart said when the product is gone
  std::string currency;
  std::optional<int64_t> available;  // how many there are; absent = not counted
  LineProblem problem = LineProblem::kNone;
  // Whose stock counts; {0} = nobody's.
  ProductId product;
  VariantId variant;
};

// kInvalidArgument "bad_cart", "bad_currency", "bad_quantity", "bad_price" or "duplicate_line".
Status validate(const Cart& cart);

// Aligned with the cart's lines. Within a transaction.
Result<std::vector<CheckedLine>> check_cart(sql::Connection& db, const Cart& cart);

// Takes a checked line out of stock. kConflict "out_of_stock" when there are too few after all.
Status take_stock(sql::Connection& db, const CheckedLine& line);
// Puts back what take_stock() took, where the product still is and counts its stock. True = it does.
Result<bool> return_stock(sql::Connection& db, ProductId product, VariantId variant, int64_t quantity);

}  // namespace nozama
