// Prices as people and shops write them: "1.234,56 €", "$1,299.00", "USD 12.5".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nozama {

struct MoneyText {
  std::string amount;    // a plain decimal, as parse_price() gives it
  std::string currency;  // ISO 4217; "" = the text does not say
};

// nullopt for negative prices and for what could mean two amounts ("1.234 €").
std::optional<MoneyText> read_money(std::string_view text);

}  // namespace nozama
