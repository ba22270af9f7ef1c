#include "catalog/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace nozama {

namespace {

// ISO 4217 (2024), those without two digits.
constexpr std::array<std::string_view, 16> kNoDigits = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                        "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kThreeDigits = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

// Above this a price is a mistake; far below overflow.
constexpr int64_t kMinorMax = 1'000'000'000'000'000;

int64_t power_of_ten(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

int currency_exponent(std::string_view currency) {
  if (std::ranges::find(kNoDigits, currency) != kNoDigits.end()) return 0;
  if (std::ranges::find(kThreeDigits, currency) != kThreeDigits.end()) return 3;
  return 2;
}

bool is_currency_code(std::string_view currency) {
  return currency.size() == 3 && std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<int64_t> parse_money(std::string_view decimal, std::string_view currency) {
  const auto refuse = [&] { return fail(ErrorCode::kInvalidArgument, "bad_price", fmt::format("'{}' is not a price such as 12.50", decimal)); };
  const int digits = currency_exponent(currency);
  int64_t minor = 0;
  int fraction = -1;  // digits seen after the point; -1 = no point yet
  bool any = false;
  for (const char c : decimal) {
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return refuse();
    any = true;
    if (fraction >= digits) {
      if (fraction == digits && c >= '5') ++minor;
      ++fraction;
      continue;
    }
    minor = minor * 10 + (c - '0');
    if (minor > kMinorMax) return refuse();
    if (fraction >= 0) ++fraction;
  }
  if (!any) return refuse();
  minor *= power_of_ten(digits - std::clamp(fraction, 0, digits));
  if (minor > kMinorMax) return refuse();
  return minor;
}

double major_units(int64_t minor, std::string_view currency) {
  return static_cast<double>(minor) / static_cast<double>(power_of_ten(currency_exponent(currency)));
}

std::string format_money(int64_t minor, std::string_view currency) {
  const int digits = currency_exponent(currency);
  if (digits == 0) return std::to_string(minor);
  const int64_t unit = power_of_ten(digits);
  return fmt::format("{}{}.{:0{}}", minor < 0 ? "-" : "", std::abs(minor / unit), std::abs(minor % unit), digits);
}

}  // namespace nozama
