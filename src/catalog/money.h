// Money is an integer of the currency's minor unit (cents; yen have none) beside its ISO 4217 code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nozama {

// Digits after the decimal point: 2 for most, 0 for JPY, 3 for KWD (ISO 4217).
int currency_exponent(std::string_view currency);

// Three upper-case ASCII letters.
bool is_currency_code(std::string_view currency);

// "12.5", "EUR" → 1250. Plain decimals with a point only, not negative; more digits than the currency has
// are rounded half up. kInvalidArgument "bad_price" otherwise.
Result<int64_t> parse_money(std::string_view decimal, std::string_view currency);

// 1250, "EUR" → 12.5: the number nearest to the decimal, so that it equals the one parsed from "12.50".
double major_units(int64_t minor, std::string_view currency);

// 1250, "EUR" → "12.50"; 1250, "JPY" → "1250".
std::string format_money(int64_t minor, std::string_view currency);

}  // namespace nozama
