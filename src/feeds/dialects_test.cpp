// Others' feeds as they really come: cut, damaged, huge, in disorder, with prices of every notation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "feeds/amazon_row.h"
#include "feeds/feeds_for_test.h"
#include "feeds/html_text.h"
#include "feeds/json_row.h"
#include "feeds/money_text.h"
#include "feeds/python_literal.h"
#include "feeds/seen_ids.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string money(std::string_view text) {
  const auto read = read_money(text);
  return read ? read->amount + " " + read->currency : "refused";
}

// features: G3
TEST(MoneyText, PricesOfEveryNotationAreReadOrRefused) {
  const std::map<std::string, std::string> prices = {{"1.234,56 €", "1234.56 EUR"},
                                                     {"$1,299.00", "1299.00 USD"},
                                                     {"USD 12.5", "12.5 USD"},
                                                     {"12.5USD", "12.5 USD"},
                                                     {"9,00", "9.00 "},
                                                     {"€ 7", "7 EUR"},
                                                     {"1 234,50 zł", "1234.50 PLN"},
                                                     {"1'299.90 CHF", "1299.90 CHF"},
                                                     {"¥1,200", "1200 JPY"},
                                                     {"1,234,567", "1234567 "},
                                                     {"1.234.567,8", "1234567.8 "},
                                                     {"R$ 19,90", "19.90 BRL"},
                                                     {"12.345", "12.345 "},
                                                     {"0.125 EUR", "0.125 EUR"},
                                                     {"1\u202F299,00 €", "1299.00 EUR"},
                                                     {"1.234 €", "refused"},
                                                     {"-5 EUR", "refused"},
                                                     {"", "refused"},
                                                     {"free", "refused"},
                                                     {"1,23,4", "refused"},
                                                     {"1.2.3", "refused"},
                                                     {"12 or 13", "refused"},
                                                     {"$$5", "refused"},
                                                     {"1,234.5,6", "refused"},
                                                     {"9 EUR 9", "refused"}};
  for (const auto& [text, expected] : prices) {
    EXPECT_EQ(money(text), expected) << text;
  }
}

TEST(HtmlText, TagsGoEntitiesBecomeCharactersAndPlainTextStays) {
  EXPECT_EQ(html_to_text("<p>Soft &amp; <b>warm</b></p><ul><li>one</li><li>two</li></ul>"), "Soft & warm\none\ntwo");
  EXPECT_EQ(html_to_text("a < b & c > d"), "a < b & c > d");
  EXPECT_EQ(html_to_text("3 &lt; 4 &#8211; &#x1F600; &nosuch;"), "3 < 4 – 😀 &nosuch;");
  EXPECT_EQ(html_to_text("Before<script>alert('<p>')</script><style>p{}</style> after<!-- not this -->"), "Before after");
  EXPECT_EQ(html_to_text("two\nlines  kept"), "two\nlines  kept");
  EXPECT_EQ(html_to_text("<p>cut <b"), "cut <b");
  EXPECT_EQ(html_to_text("<script>never closed"), "");
}

// features: G2
TEST(PythonLiteral, WhatReprWritesIsReadAndNothingElse) {
  const auto text = [](std::string_view literal) {
    const auto value = parse_python_literal(literal);
    return value ? text_of(*value) : value.error().message;
  };
  EXPECT_EQ(text(R"({'a': [1, -2.5, 1e3, 5L], "b": (True, False, None,), 'c': {}, 7: 'x'})"), R"({"a":[1,-2.5E0,1E3,5],"b":[true,false,null],"c":{},"7":"x"})");
  EXPECT_EQ(text(R"('it\'s "so" \\ \n')"), "it's \"so\" \\ \n");
  EXPECT_EQ(text(R"('caf\xc3\xa9')"), "café") << "bytes of Python 2";
  EXPECT_EQ(text(R"('caf\xe9')"), "café") << "a character of Python 3";
  EXPECT_EQ(text(R"(u'\u2013 \U0001F600 \ud83d\ude00')"), "– 😀 😀");
  EXPECT_EQ(text(R"(r'\d')"), "\\d");
  for (const char* bad : {"", "{", "{'a' 1}", "{'a': }", "[1 2]", "'open", "'\\x4'", "os.system('x')", "1 + 1", "{'a': 1} more", "[,]"}) {
    EXPECT_THAT(text(bad), HasSubstr("not a Python literal")) << bad;
  }
  EXPECT_THAT(text(std::string(100'000, '[')), HasSubstr("more than 32 levels"));
}

// features: G2
TEST(AmazonFeed, BadLinesAreNamedAndTheGoodOnesAreKept) {
  const Read read = read_all(write("amazon.json",
                                   "{'asin': 'A000000001', 'title': 'Good', 'categories': [['A', 'B', 'A']]}\n"
                                   "{'asin': 'A000000002', 'title': 'cut\n"
                                   "{'title': 'no id', 'categories': []}\n"
                                   "{'asin': 'A000000004', 'price': -3.5}\n"
                                   "{'asin': 'A000000001', 'title': 'Again'}\n"
                                   "{'asin': 'A000000006', 'description': '" +
                                       std::string(size_t{11} << 20, 'x') +
                                       "'}\n"
                                       "{'asin': 'A000000007', 'price': '$1,299.00'}\n"));
  EXPECT_THAT(ids(read), ElementsAre("A000000001", "A000000007"));
  EXPECT_THAT(read.products[0].category_path, ElementsAre("A", "B"));
  EXPECT_EQ(*read.products[1].price, "1299.00");
  EXPECT_EQ(read.products[1].texts[0].title, "A000000007");
  EXPECT_THAT(reasons(read), testing::UnorderedElementsAre("2 bad_json", "3 missing_value", "4 bad_price", "5 duplicate_id", "6 row_too_long"));
}

TEST(AmazonFeed, BadReviewsAreNamed) {
  const Read read = read_all(write("reviews.json", R"({"reviewerID":"R1","asin":"A1","overall":5,"unixReviewTime":1})"
                                                   "\n"
                                                   R"({"reviewerID":"R1","asin":"A1","overall":9,"unixReviewTime":1})"
                                                   "\n"
                                                   R"({"reviewerID":"","asin":"A1","overall":1,"unixReviewTime":1})"
                                                   "\n"
                                                   R"({"reviewerID":"R1","asin":"A1","overall":1,"unixReviewTime":"yesterday"})"
                                                   "\n"
                                                   R"({"reviewerID":"R1","asin")"));
  EXPECT_EQ(read.dialect, "amazon-reviews-2014");
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_THAT(reasons(read), ElementsAre("2 bad_rating", "3 missing_value", "4 bad_number", "5 bad_json"));
}

std::string feature_record(const std::string& id, float value) {
  std::vector<float> values(4096, 0);
  values[1] = value;
  std::string bytes = id + std::string(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data() + id.size(), values.data(), values.size() * sizeof(float));
  return bytes;
}

// features: G2
TEST(FeatureFeed, RecordsAreReadPlainAndPackedAndACutOneIsNamed) {
  const std::string file = feature_record("B000000001", 1.5F) + feature_record("B000000002", 2) + feature_record("b000000003", 1) +
                           feature_record("B000000004", std::numeric_limits<float>::infinity()) + feature_record("B000000005", 3);
  for (const bool packed : {false, true}) {
    const Read read = read_all(write("features.b", packed ? gzip(file) : file));
    EXPECT_EQ(read.dialect, "amazon-image-features");
    ASSERT_EQ(read.features.size(), 3U);
    EXPECT_EQ(read.features[0].product_id, "B000000001");
    EXPECT_EQ(read.features[0].values[1], 1.5F);
    EXPECT_EQ(read.features[2].line, 5);
    EXPECT_THAT(reasons(read), ElementsAre("3 bad_id", "4 bad_number"));
  }
  const Read cut = read_all(write("features.b", file.substr(0, file.size() - 1)));
  EXPECT_EQ(cut.features.size(), 2U);
  EXPECT_THAT(reasons(cut), ElementsAre("3 bad_id", "4 bad_number", "5 feed_cut"));
}

// features: G3
TEST(MerchantXml, BadItemsAreNamedWithTheirLinesAndTheGoodOnesAreKept) {
  const std::string good = "<item><g:id>1</g:id><title>One</title><description><![CDATA[a </item> inside]]></description></item>\n";
  const Read read = read_all(write("bad.xml", "<rss><channel>\n" + good +
                                                  "<item><g:id>2</g:id><title>Tags <b>crossed</title></b></item>\n"
                                                  "<item><g:id>3</g:id></item>\n"
                                                  "<!-- <item><g:id>4</g:id></item> -->\n"
                                                  "<item><g:id>5</g:id><title>T</title><g:price>-1 EUR</g:price></item>\n"
                                                  "<item><g:id>6</g:id><title>" +
                                                  std::string(size_t{11} << 20, 'x') +
                                                  "</title></item>\n"
                                                  "<item><g:id>7</g:id><title>Again</title></item>\n"
                                                  "<item><g:id>7</g:id><title>Again</title></item>\n"
                                                  "<item><g:id>9</g:id><title>T</title><g:price>1.234,56 €</g:price></item>\n"
                                                  "<item><g:id>10</g:id><title>cut"));
  EXPECT_THAT(ids(read), ElementsAre("1", "7", "9"));
  EXPECT_EQ(read.products[0].texts[0].description, "a inside");
  EXPECT_EQ(*read.products[2].price + read.products[2].currency, "1234.56EUR");
  EXPECT_THAT(reasons(read), testing::UnorderedElementsAre("3 bad_xml", "4 missing_value", "6 bad_price", "7 row_too_long", "9 duplicate_id", "11 feed_cut"));
}

TEST(MerchantXml, EntitiesOfADocumentTypeAreNotExpanded) {
  const Read read =
      read_all(write("bomb.xml",
                     "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"
                     "<rss><channel><item><g:id>1</g:id><title>&b; &x;</title></item></channel></rss>"));
  ASSERT_EQ(read.products.size(), 1U);
  EXPECT_EQ(read.products[0].texts[0].title, "&b; &x;");
}

TEST(MerchantXml, OtherXmlIsNotTakenForAFeed) {
  EXPECT_EQ(read_all(write("other.xml", "<?xml version=\"1.0\"?><products><product/></products>")).errors[0].error.reason, "unknown_dialect");
}

// features: G3
TEST(SchemaOrg, ArraysLinesAndCutDocumentsAreRead) {
  const std::string a = R"({"@context":"https://schema.org","@type":"Product","sku":"a","name":"A"})", b = R"({"@type":"Product","sku":"b","name":"B"})";
  EXPECT_THAT(ids(read_all(write("ld.json", "[\n" + a + ",\n" + b + "\n]"))), ElementsAre("a", "b"));
  EXPECT_THAT(ids(read_all(write("ld.json", a + "\n" + b + "\n"))), ElementsAre("a", "b"));
  const Read cut = read_all(write("ld.json", "[\n" + a + ",\n" + b + ",\n{\"@type\":\"Product\",\"sku\":\"c"));
  EXPECT_THAT(ids(cut), ElementsAre("a", "b"));
  EXPECT_THAT(reasons(cut), ElementsAre("4 feed_cut"));
  const Read bad = read_all(write("ld.json", a + "\n{\"@type\": oops}\n" + b + "\n" + R"({"@type":"Product","name":"no id"})" + "\n" +
                                                 R"({"@type":"Product","sku":"e","name":"E","offers":{"price":"-1","priceCurrency":"EUR"}})"));
  EXPECT_THAT(ids(bad), ElementsAre("a", "b"));
  EXPECT_THAT(reasons(bad), ElementsAre("2 bad_json", "4 missing_value", "5 bad_price"));
}

TEST(SchemaOrg, ThingsThatHoldThemselvesEndSomewhere) {
  std::string deep = R"({"@type":"Product","sku":"x","name":"X"})";
  for (int i = 0; i < 20; ++i) deep = R"({"@type":"WebPage","mainEntity":)" + deep + "}";
  EXPECT_TRUE(read_all(write("deep.json", deep)).products.empty());
}

// features: G3
TEST(WooCommerce, VariationsStandAnywhereAndOneWithoutItsProductIsNamed) {
  std::string text = "ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n1,variable,S,Shirt,,,Size,\"S, M\"\n";
  for (int i = 10; i < 500; ++i) text += std::to_string(i) + ",simple,,Thing,\"1.234,5\",,,\n";
  text +=
      "2,variation,S-S,Shirt - S,5,S,Size,S\n3,variation,X,Lost,5,NOSUCH,Size,S\n4,variation,S-M,Shirt - M,-5,id:1,Size,M\n5,variation,S-L,Shirt - "
      "L,6,id:1,Size,L\n";
  const Read read = read_all(write("woo.csv", text));
  ASSERT_EQ(read.products.size(), 491U);
  EXPECT_EQ(*read.products[0].price, "1234.5");
  const ProductDraft& shirt = read.products.back();
  EXPECT_EQ(shirt.external_id, "1");
  ASSERT_EQ(shirt.variants.size(), 2U);
  EXPECT_EQ(shirt.variants[1].key, "L");
  EXPECT_THAT(reasons(read), testing::UnorderedElementsAre("494 missing_parent", "495 bad_price"));
}

TEST(Shopify, AMissingColumnIsNamed) {
  const Error error = read_all(write("shopify.csv", "Handle,Variant Price\na,5\n")).errors[0].error;
  EXPECT_EQ(error.reason, "missing_column");
  EXPECT_THAT(error.message, HasSubstr("'Title' is missing, which shopify-csv needs"));
}

// Each of the documented dialects of text, cut at many places: what was whole before is kept, and nothing is made up.
TEST(Dialects, AFeedThatEndsInTheMiddleGivesTheProductsBefore) {
  const std::map<std::string, std::string> feeds = {
      {"shopify.csv", "Handle,Title,Variant Price,Image Src\na,A,5.00,x.jpg\nb,B,6.00,y.jpg\n"},
      {"merchant.xml", "<rss><item><g:id>a</g:id><title>A</title></item><item><g:id>b</g:id><title>B</title></item></rss>"},
      {"amazon.json", "{'asin': 'A000000001', 'title': 'A'}\n{'asin': 'A000000002', 'title': 'B'}\n"},
      {"ld.json", "[{\"@type\":\"Product\",\"sku\":\"a\",\"name\":\"A\"},\n{\"@type\":\"Product\",\"sku\":\"b\",\"name\":\"B\"}]"}};
  for (const auto& [name, text] : feeds) {
    for (size_t length = text.find('B'); length < text.size(); length += 3) {
      const Read read = read_all(write(name, gzip(text.substr(0, length))));
      ASSERT_FALSE(read.products.empty()) << name << " " << length;
      EXPECT_EQ(read.products[0].texts[0].title, "A") << name;
    }
  }
}

TEST(SeenIds, RememberTheLastHalfMillionInBoundedMemory) {
  SeenIds seen;
  for (int64_t i = 0; i < 1'200'000; ++i) ASSERT_FALSE(seen.add(std::to_string(i), i));
  EXPECT_EQ(*seen.add("1000000", 0), 1'000'000);
  EXPECT_FALSE(seen.add("1", 0));
}

}  // namespace
}  // namespace nozama
