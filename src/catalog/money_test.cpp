#include "catalog/money.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Money, DecimalsBecomeMinorUnitsOfTheCurrency) {
  EXPECT_EQ(*parse_money("12.50", "EUR"), 1250);
  EXPECT_EQ(*parse_money("12.5", "EUR"), 1250);
  EXPECT_EQ(*parse_money("12", "EUR"), 1200);
  EXPECT_EQ(*parse_money(".5", "EUR"), 50);
  EXPECT_EQ(*parse_money("0", "EUR"), 0);
  EXPECT_EQ(*parse_money("1250", "JPY"), 1250);
  EXPECT_EQ(*parse_money("1.234", "KWD"), 1234);
  EXPECT_EQ(*parse_money("19.994", "EUR"), 1999);
  EXPECT_EQ(*parse_money("19.995", "EUR"), 2000);
  EXPECT_EQ(*parse_money("99.5", "JPY"), 100);
}

TEST(Money, WhatIsNotAPlainPriceIsRefused) {
  for (const char* text : {"", ".", "abc", "-1", "1,50", "1.234,56", "1.2.3", "€5", " 5", "1e3", "99999999999999999999"}) {
    const auto parsed = parse_money(text, "EUR");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().reason, "bad_price");
  }
}

TEST(Money, FormattingIsTheInverse) {
  EXPECT_EQ(format_money(1250, "EUR"), "12.50");
  EXPECT_EQ(format_money(5, "EUR"), "0.05");
  EXPECT_EQ(format_money(-5, "EUR"), "-0.05");
  EXPECT_EQ(format_money(1250, "JPY"), "1250");
  EXPECT_EQ(format_money(1234, "KWD"), "1.234");
  for (int64_t minor : {0, 1, 99, 100, 123456789}) EXPECT_EQ(*parse_money(format_money(minor, "USD"), "USD"), minor);
}

TEST(Money, ACurrencyCodeIsThreeCapitals) {
  EXPECT_TRUE(is_currency_code("EUR"));
  for (const char* text : {"", "EU", "eur", "EURO", "E1R"}) EXPECT_FALSE(is_currency_code(text)) << text;
}

TEST(Money, MajorUnitsEqualTheParsedDecimal) {
  for (const auto& [minor, currency, decimal] :
       {std::tuple{1999, "EUR", 19.99}, {10, "EUR", 0.1}, {1250, "JPY", 1250.0}, {1250, "KWD", 1.25}, {0, "EUR", 0.0}}) {
    EXPECT_EQ(major_units(minor, currency), decimal);
  }
}

}  // namespace
}  // namespace nozama
