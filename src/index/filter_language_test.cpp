#include "index/filter_language.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <map>
#include <random>

#include "index/index_for_test.h"

namespace nozama {
namespace {

using testing::HasSubstr;

Result<std::vector<std::string>> colour(const std::string& written) {
  static const std::map<std::string, std::string> kColours = {{"red", "red"},   {"Red", "red"},   {"RED", "red"},
                                                              {"Gray", "grey"}, {"grey", "grey"}, {"blue", "blue"}};
  const auto found = kColours.find(written);
  if (found == kColours.end()) return fail(ErrorCode::kInvalidArgument, "bad_colour", "there is no colour '" + written + "'; the names are red, grey");
  return std::vector<std::string>{found->second};
}

const std::vector<WritableColumn>& columns() {
  static const std::vector<WritableColumn> kColumns = {
      {.spec = {"price", ColumnType::kFloat}, .example = "49.90"},
      {.spec = {"rating", ColumnType::kFloat}},
      {.spec = {"in_stock", ColumnType::kBool}},
      {.spec = {"brand", ColumnType::kKeyword}},
      {.spec = {"colour", ColumnType::kKeywords}, .also = "color", .values = colour},
      {.spec = {"frame size", ColumnType::kKeywords}},
  };
  return kColumns;
}

Result<Filter> parse(std::string_view text) { return parse_filter(text, columns()); }

RowAttributes row(double price, bool in_stock, const std::string& brand, const std::vector<std::string>& colours, std::optional<double> rating = 4.0) {
  RowAttributes attributes;
  attributes.set("price", price);
  if (rating) attributes.set("rating", *rating);
  attributes.set("in_stock", in_stock ? 1 : 0);
  attributes.add("brand", brand);
  for (const std::string& one : colours) attributes.add("colour", one);
  return attributes;
}

bool holds(std::string_view text, const RowAttributes& attributes) {
  const auto filter = parse(text);
  EXPECT_TRUE(filter) << text << ": " << filter.error().message;
  return filter && matches(*filter, attributes);
}

std::string refusal(std::string_view text) {
  const auto filter = parse(text);
  EXPECT_FALSE(filter) << text;
  if (filter) return "";
  EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(filter.error().reason, "bad_filter");
  return filter.error().message;
}

// features: C2
TEST(FilterLanguage, TheExampleOfTheManualHoldsForWhatItSays) {
  constexpr std::string_view kText = R"(price < 50 and brand in ("A", "B") and in_stock and colour = "red")";
  EXPECT_TRUE(holds(kText, row(49.99, true, "A", {"white", "red"})));
  EXPECT_FALSE(holds(kText, row(50, true, "A", {"red"})));
  EXPECT_FALSE(holds(kText, row(49.99, false, "A", {"red"})));
  EXPECT_FALSE(holds(kText, row(49.99, true, "C", {"red"})));
  EXPECT_FALSE(holds(kText, row(49.99, true, "A", {"blue"})));
}

TEST(FilterLanguage, PricesAreDecimalsInMajorUnits) {
  EXPECT_TRUE(holds("price = 19.99", row(19.99, true, "", {})));
  EXPECT_TRUE(holds("price <= 19.99", row(19.99, true, "", {})));
  EXPECT_FALSE(holds("price < 19.990", row(19.99, true, "", {})));
  EXPECT_TRUE(holds("price > .5 and price >= 1 and price != 2", row(1, true, "", {})));
  EXPECT_FALSE(holds("price < 100", RowAttributes{})) << "a product without a price is in no price range";
  EXPECT_TRUE(holds("not price < 100", RowAttributes{}));
}

TEST(FilterLanguage, AndBindsCloserThanOrAndNotClosest) {
  const RowAttributes cheap = row(5, false, "A", {}), dear = row(500, true, "B", {});
  EXPECT_TRUE(holds("price < 10 or price > 100 and in_stock", cheap));
  EXPECT_FALSE(holds("(price < 10 or price > 100) and in_stock", cheap));
  EXPECT_TRUE(holds("not in_stock or price > 1000", cheap));
  EXPECT_FALSE(holds("not (in_stock or price > 1000)", dear));
  EXPECT_TRUE(holds("not not in_stock", dear));
}

TEST(FilterLanguage, TextsHaveQuotesEscapesAndAnyLanguage) {
  EXPECT_TRUE(holds(R"(brand = "O\"Neill \\ Söhne")", row(1, true, R"(O"Neill \ Söhne)", {})));
  EXPECT_TRUE(holds(R"(brand = 'O"Neill')", row(1, true, "O\"Neill", {})));
  EXPECT_TRUE(holds(R"(brand = "無印")", row(1, true, "無印", {})));
  EXPECT_TRUE(holds(R"(brand = "")", row(1, true, "", {})));
  EXPECT_FALSE(holds(R"(brand = "a")", row(1, true, "A", {}))) << "brands are compared as they are written";
  EXPECT_TRUE(holds(R"(colour = "Gray" and color in ('RED', "grey"))", row(1, true, "", {"grey"}))) << "colours are our own words";
}

TEST(FilterLanguage, FiltersWrittenDifferentlyHoldForTheSameRows) {
  const std::vector<std::vector<std::string_view>> equal = {
      {"price<50 and in_stock", "  PRICE < 50.00   AND IN_STOCK = TRUE ", "in_stock and ((price < 50))", "not (price >= 50 or not in_stock) and price < 50",
       "in_stock != false and price < 5e1"},
      {R"(brand = "A" or brand = "B")", R"(brand in ("B","A"))", R"(brand in ('A', 'B', 'A'))", R"(not (brand != "A" and brand != "B"))",
       R"(not brand not in ("A", "B"))"},
      {R"(colour = "red")", R"(colour in ("red"))", R"(color == 'Red')", R"(not colour != "red")"},
      {"rating = 1 or rating = 3", "rating in (1, 3)", "rating in (3,1.0,3)", "not rating not in (1, 3)", "not (rating != 1 and rating != 3)"},
      {"rating >= 4", "rating > 4 or rating = 4", "not (not rating >= 4.0)"},
  };
  std::mt19937 random(5);
  for (const auto& group : equal) {
    for (int i = 0; i < 200; ++i) {
      RowAttributes any = row(static_cast<double>(random() % 100), random() % 2 == 0, std::string(1, static_cast<char>('A' + random() % 3)), {});
      if (random() % 2 == 0) any.add("colour", "red");
      if (random() % 4 == 0)
        std::erase_if(any.numbers, [](const auto& number) { return number.first == "rating"; });
      else
        any.set("rating", static_cast<double>(random() % 6));
      for (const std::string_view text : group) {
        if (text.find("5e1") != std::string_view::npos) continue;
        EXPECT_EQ(holds(text, any), holds(group.front(), any)) << text;
      }
    }
  }
}

// features: C2
TEST(FilterLanguage, AListOfNumbersIsTheSameFilterAsItsNumbersOneByOne) {
  EXPECT_TRUE(holds("price in (10, 19.99)", row(19.99, true, "", {})));
  EXPECT_FALSE(holds("price in (10, 19.99)", row(15, true, "", {}))) << "a list is no range";
  EXPECT_FALSE(holds("price not in (10, 19.99)", row(10, true, "", {})));
  EXPECT_TRUE(holds("price not in (10, 19.99)", RowAttributes{})) << "as `!=`";
  const auto key = [](std::string_view text) { return filter_key(normalised(parse(text).value())); };
  EXPECT_EQ(key("price in (20, 10)"), key("price = 10 or price = 20"));
  EXPECT_EQ(key("price in (10)"), key("price = 10"));
  EXPECT_EQ(key("price not in (10, 20)"), key("price != 20 and price != 10"));
  EXPECT_EQ(key("price in (10, 20) or price in (20, 30)"), key("price in (10, 20, 30)"));
}

TEST(FilterLanguage, AnErrorNamesTheColumnWhatStandsThereAndWhatWasExpected) {
  EXPECT_EQ(refusal("price << 5"), "filter, column 8: there is '<' where a price such as 49.90 was expected");
  EXPECT_EQ(refusal("price < 5 and"), "filter, column 14: it ends where price, rating, in_stock, brand, colour, \"frame size\", `not` or `(` was expected");
  EXPECT_EQ(refusal("brand = \"Ä\" und in_stock"), "filter, column 13: there is 'und' where `and`, `or` or the end was expected");
  EXPECT_THAT(refusal("brand = A"), HasSubstr("column 9: there is 'a' where a text in quotes"));
  EXPECT_THAT(refusal("brand in ()"), HasSubstr("column 11"));
  EXPECT_THAT(refusal("brand in (\"A\" \"B\")"), HasSubstr("column 15: there is 'B' where `,` or `)`"));
  EXPECT_THAT(refusal("brand = \"A"), HasSubstr("column 9: the text that starts here has no closing \""));
  EXPECT_THAT(refusal(R"(brand = "A\n")"), HasSubstr("column 11: in a text, a backslash"));
  EXPECT_THAT(refusal("brand < \"A\""), HasSubstr("one of = != in"));
  EXPECT_THAT(refusal("price between 1"), HasSubstr("one of = != < <= > >= in, `not in`"));
  EXPECT_EQ(refusal("price in (1, \"A\")"), "filter, column 14: there is 'A' where a price such as 49.90 was expected");
  EXPECT_EQ(refusal("rating in 4"), "filter, column 11: there is '4' where a list such as (10, 20) was expected");
  EXPECT_THAT(refusal("price in ()"), HasSubstr("column 11: there is ')'"));
  EXPECT_THAT(refusal("price in (1 2)"), HasSubstr("column 13: there is '2' where `,` or `)`"));
  EXPECT_THAT(refusal("price not (1)"), HasSubstr("column 11: there is '(' where `in`"));
  EXPECT_THAT(refusal("price < 1.2.3"), HasSubstr("is not a number"));
  EXPECT_THAT(refusal("price < 5e1"), HasSubstr("column 10"));
  EXPECT_THAT(refusal("(price < 5"), HasSubstr("column 11: it ends where `and`, `or` or `)`"));
  EXPECT_THAT(refusal("price < 5)"), HasSubstr("column 10: there is ')'"));
  EXPECT_THAT(refusal("weight < 5"), HasSubstr("column 1: there is 'weight' where price, rating"));
  EXPECT_THAT(refusal("colour = \"crimson\""), HasSubstr("column 10: there is no colour 'crimson'; the names are"));
  EXPECT_THAT(refusal("price < 5; drop"), HasSubstr("column 10"));
  EXPECT_THAT(refusal("  "), HasSubstr("leave `filter` out"));
  EXPECT_THAT(refusal("in_stock = 1"), HasSubstr("true or false"));
}

TEST(FilterLanguage, LengthDepthListsAndConditionsAreBounded) {
  const auto nested = [](int depth) { return std::string(static_cast<size_t>(depth), '(') + "in_stock" + std::string(static_cast<size_t>(depth), ')'); };
  EXPECT_TRUE(parse(nested(FilterLimits::kDepthMax)));
  EXPECT_THAT(refusal(nested(FilterLimits::kDepthMax + 1)), HasSubstr("inside each other"));
  EXPECT_THAT(refusal(nested(10'000)), HasSubstr("at most 4096"));
  std::string deep = "in_stock";
  for (int i = 0; i < FilterLimits::kDepthMax / 2; ++i) deep = "not (price < 1 or price < 2 and " + deep + ")";
  EXPECT_TRUE(parse(deep)) << "what the parser takes, the index takes";
  EXPECT_THAT(refusal(std::string(FilterLimits::kBytesMax + 1, ' ')), HasSubstr("at most 4096"));
  std::string list = "brand in (\"a\"";
  for (size_t i = 1; i < FilterLimits::kListMax; ++i) list += ",\"a\"";
  EXPECT_TRUE(parse(list + ")"));
  EXPECT_THAT(refusal(list + ",\"a\")"), HasSubstr("more than 100 values"));
  std::string many = "in_stock";
  for (size_t i = 1; i < FilterLimits::kConditionsMax; ++i) many += " or in_stock";
  EXPECT_TRUE(parse(many));
  EXPECT_THAT(refusal(many + " or in_stock"), HasSubstr("more than 200 conditions"));
  std::string numbers = "price in (0";
  for (size_t i = 1; i < FilterLimits::kListMax; ++i) numbers += fmt::format(",{}", i);
  EXPECT_TRUE(parse(numbers + ") or " + numbers + ")"));
  EXPECT_THAT(refusal(numbers + ",100)"), HasSubstr("more than 100 values"));
  EXPECT_THAT(refusal(numbers + ") or " + numbers + ") or in_stock"), HasSubstr("more than 200 conditions")) << "each number of a list is one";
}

}  // namespace
}  // namespace nozama
