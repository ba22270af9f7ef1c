#include "feeds/money_text.h"

#include <algorithm>
#include <array>

#include "feeds/csv_parser.h"
#include "feeds/draft_builder.h"

namespace nozama {
namespace {

struct Sign {
  std::string_view text;
  std::string_view currency;
};
// The longer ones first: "US$" is not "$".
constexpr std::array<Sign, 18> kSigns = {{{"US$", "USD"},
                                          {"CA$", "CAD"},
                                          {"AU$", "AUD"},
                                          {"NZ$", "NZD"},
                                          {"HK$", "HKD"},
                                          {"R$", "BRL"},
                                          {"€", "EUR"},
                                          {"£", "GBP"},
                                          {"¥", "JPY"},
                                          {"₹", "INR"},
                                          {"₽", "RUB"},
                                          {"₩", "KRW"},
                                          {"₺", "TRY"},
                                          {"zł", "PLN"},
                                          {"Kč", "CZK"},
                                          {"CHF", "CHF"},
                                          {"kr", "SEK"},
                                          {"$", "USD"}}};

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool is_code(std::string_view text) { return text.size() == 3 && std::all_of(text.begin(), text.end(), is_capital); }

// Takes the currency off one end of the text.
std::string take_currency(std::string_view& text) {
  for (const Sign& sign : kSigns) {
    if (text.starts_with(sign.text))
      text.remove_prefix(sign.text.size());
    else if (text.ends_with(sign.text))
      text.remove_suffix(sign.text.size());
    else
      continue;
    text = trim(text);
    return std::string(sign.currency);
  }
  std::string code;
  if (is_code(text.substr(0, 3))) {
    code = text.substr(0, 3);
    text.remove_prefix(3);
  } else if (text.size() > 3 && is_code(text.substr(text.size() - 3))) {
    code = text.substr(text.size() - 3);
    text.remove_suffix(3);
  }
  text = trim(text);
  return code;
}

// "1.234.567" with '.' → true: groups of three digits, the first of one to three.
bool is_grouped(std::string_view text, char separator) {
  size_t first = text.find(separator);
  if (first == std::string_view::npos || first == 0 || first > 3) return false;
  for (size_t at = first; at < text.size(); at += 4) {
    if (text[at] != separator || text.size() - at < 4) return false;
    if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at) + 1, text.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                     [](char c) { return c >= '0' && c <= '9'; }))
      return false;
  }
  return true;
}

std::string without(std::string_view text, char separator) {
  std::string out(text);
  std::erase(out, separator);
  return out;
}

// The digits with a decimal point, if any.
std::optional<std::string> plain_number(std::string_view text, bool has_currency) {
  const size_t point = text.rfind('.'), comma = text.rfind(',');
  if (point != std::string_view::npos && comma != std::string_view::npos) {
    const char decimal = point > comma ? '.' : ',', group = point > comma ? ',' : '.';
    const size_t at = std::max(point, comma);
    if (text.find(decimal) != at || !is_grouped(text.substr(0, at), group)) return std::nullopt;
    return without(text.substr(0, at), group) + "." + std::string(text.substr(at + 1));
  }
  if (comma != std::string_view::npos) {
    if (is_grouped(text, ',')) return without(text, ',');
    if (text.find(',') != comma) return std::nullopt;
    return std::string(text.substr(0, comma)) + "." + std::string(text.substr(comma + 1));
  }
  if (point != std::string_view::npos && is_grouped(text, '.')) {
    if (text.find('.') != point) return without(text, '.');
    if (has_currency && !text.starts_with('0')) return std::nullopt;  // one thousand, or one and a bit?
  }
  return std::string(text);
}

}  // namespace

std::optional<MoneyText> read_money(std::string_view text) {
  text = trim(text);
  MoneyText money;
  money.currency = take_currency(text);
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    // Thin and non-breaking spaces and apostrophes group digits too: "1 234,50", "1'234.50".
    if (text.substr(i).starts_with("\xC2\xA0"))
      ++i;
    else if (text.substr(i).starts_with("\xE2\x80\xAF") || text.substr(i).starts_with("\xE2\x80\x99"))
      i += 2;
    else if (text[i] != '\'' && text[i] != ' ')
      digits += text[i];
  }
  const auto number = plain_number(digits, !money.currency.empty());
  const auto amount = number ? parse_price(*number) : std::nullopt;
  if (!amount || number->starts_with('$')) return std::nullopt;
  money.amount = *amount;
  return money;
}

}  // namespace nozama
