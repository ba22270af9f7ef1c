// Feeds as they really come: every bad row is named with its line, and the good rows around it are kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "feeds/csv_parser.h"
#include "feeds/draft_builder.h"
#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// features: G1
TEST(BadCsv, AQuoteThatIsNeverClosedCostsOnlyItsOwnRow) {
  const Read read = read_all(write("open_quote.csv",
                                   "id,title\n"
                                   "1,Good\n"
                                   "2,\"never closed\n"
                                   "3,Kept\n"
                                   "4,\"also \"\"quoted\"\"\"\n"
                                   "5,Kept too\n"));
  EXPECT_THAT(ids(read), ElementsAre("1", "3", "4", "5"));
  EXPECT_THAT(reasons(read), ElementsAre("3 bad_quoting"));
  EXPECT_EQ(read.products[2].texts[0].title, "also \"quoted\"");
  EXPECT_EQ(read.products[3].line, 6);
}

TEST(BadCsv, AFeedThatEndsInTheMiddleGivesTheRowsBefore) {
  const Read read = read_all(write("cut.csv", "id,title,price,currency\n1,Good,5,EUR\n2,Go"));
  EXPECT_THAT(ids(read), ElementsAre("1"));
  EXPECT_THAT(reasons(read), ElementsAre("3 wrong_column_count"));
  EXPECT_THAT(ids(read_all(write("no_newline.csv", "id,title\n1,Good\n2,Last"))), ElementsAre("1", "2"));
  const Read quoted = read_all(write("cut_quote.csv", "id,title\n1,Good\n2,\"Cut here"));
  EXPECT_THAT(ids(quoted), ElementsAre("1"));
  EXPECT_THAT(reasons(quoted), ElementsAre("3 unclosed_quote"));
}

TEST(BadCsv, AHugeFieldIsRefusedAndTheRowsBehindItAreRead) {
  const std::string huge(size_t{10} << 20, 'x');
  for (const bool quoted : {false, true}) {
    const std::string field = quoted ? '"' + huge + '"' : huge;
    const Read read = read_all(write("huge.csv", "id,title\n1," + field + "\n2,Good\n"));
    EXPECT_THAT(ids(read), ElementsAre("2"));
    EXPECT_THAT(reasons(read), ElementsAre("2 row_too_long"));
    EXPECT_EQ(read.products[0].line, 3);
  }
}

TEST(BadCsv, IdsThatComeTwiceNameBothLines) {
  const Read read = read_all(write("twice.csv",
                                   "id,variant,title\n"
                                   "1,,First\n"
                                   "1,,Adjacent\n"
                                   "2,,Between\n"
                                   "1,,Later\n"
                                   "3,oak,Variants\n"
                                   "3,oak,Variants\n"
                                   "3,,No key\n"
                                   "4,,Plain\n"
                                   "4,oak,Late key\n"));
  EXPECT_THAT(ids(read), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(reasons(read), ElementsAre("3 duplicate_id", "5 duplicate_id", "7 duplicate_variant", "8 duplicate_id", "10 missing_variant"));
  EXPECT_THAT(read.errors[0].error.message, HasSubstr("twice.csv:3: the id '1' already stood on line 2"));
  EXPECT_THAT(read.errors[1].error.message, HasSubstr("twice.csv:5: the id '1' already stood on line 2"));
}

TEST(BadCsv, ValuesAreCheckedByColumn) {
  const Read read = read_all(write("values.csv",
                                   "id,variant,title,price,currency,stock,rating,rating_count\n"
                                   "1,,T,12.5 EUR,EUR,,,\n"
                                   "2,,T,\"12,50\",EUR,,,\n"
                                   "3,,T,1e3,EUR,,,\n"
                                   "4,,T,1,euro,,,\n"
                                   "5,,T,1,EUR,1.5,,\n"
                                   "6,,T,1,EUR,99999999999999999999,,\n"
                                   "7,,T,1,EUR,,nan,\n"
                                   "8,,T,1,EUR,,,-1\n"
                                   "9,a,T,1,EUR,,,\n"
                                   "9,b,T,1,USD,,,\n"
                                   "10,,T,9999999999999999,EUR,,,\n"
                                   "11,,T,,EU,,,\n"));
  EXPECT_THAT(reasons(read), ElementsAre("2 bad_price", "3 bad_price", "4 bad_price", "5 bad_currency", "6 bad_stock", "7 bad_stock", "8 bad_rating",
                                         "9 bad_number", "11 bad_currency", "12 bad_price", "13 bad_currency"));
  EXPECT_THAT(ids(read), ElementsAre("9"));
  EXPECT_THAT(read.errors[1].error.message, HasSubstr("values.csv:3: price is '12,50', but must be"));
}

TEST(BadCsv, OneProductOfEndlessRowsStaysInBounds) {
  std::string text = "id,variant,title\n";
  for (int i = 0; i < 1005; ++i) text += "1,v" + std::to_string(i) + ",T\n";
  const Read read = read_all(write("endless.csv", text + "2,,Good\n"));
  ASSERT_THAT(ids(read), ElementsAre("1", "2"));
  EXPECT_EQ(read.products[0].variants.size(), 1000U);
  ASSERT_EQ(read.errors.size(), 5U);
  EXPECT_EQ(read.errors[0].error.reason, "too_many_variants");
}

TEST(BadFeeds, WhatCannotBeReadIsNamedWithItsRemedy) {
  struct Case {
    const char* name;
    std::string content;
    const char* reason;
    const char* remedy;
  };
  const Case cases[] = {
      {"empty.csv", "", "empty_feed", "is empty"},
      {"blank.csv", "\n\n", "empty_feed", "is empty"},
      {"no_id.csv", "sku,title\n1,T\n", "missing_column", "'id' is missing; a feed needs id and title. Found: sku, title"},
      {"no_title.csv", "id,name\n1,T\n", "missing_column", "'title' is missing"},
      {"twice.csv", "id,title,title\n", "duplicate_column", "'title' stands twice"},
      {"mixed.csv",
       "id,title,gr\xC3\xB6\xC3\x9F"
       "e,gr\xF6"
       "n\n1,T,2,3\n",
       "not_utf8", "save the file as UTF-8"},
      {"feed.csv.gz", "\x1F\x8B\x08 ...", "gzip_damaged", "fetch the file again"},
      {"feed.xlsx", "PK\x03\x04 ...", "unknown_dialect", "unpack it"},
      {"zeros.bin", std::string(20, '\0'), "unknown_dialect", "not a text file"},
      {"array.json", "[{\"id\": 1}]", "unknown_dialect", "one object a line"},
      {"amazon.csv", "asin,title,imUrl\nB1,T,x\n", "missing_column", "<Label>_downloaded.csv"},
  };
  for (const Case& expected : cases) {
    const auto feed = open_feed(write(expected.name, expected.content));
    ASSERT_FALSE(feed) << expected.name;
    EXPECT_EQ(feed.error().reason, expected.reason) << expected.name;
    EXPECT_EQ(feed.error().code, std::string_view(expected.reason).starts_with("gzip") ? ErrorCode::kCorrupt : ErrorCode::kInvalidArgument) << expected.name;
    EXPECT_THAT(feed.error().message, HasSubstr(expected.remedy));
    EXPECT_THAT(feed.error().message, HasSubstr(expected.name));
  }
  EXPECT_EQ(open_feed(scratch() / "missing.csv").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(open_feed("/dev/null").error().code, ErrorCode::kUnavailable);
}

TEST(BadFeeds, AFileThatCannotBeReadToItsEndIsNotTakenForAShortOne) {
  FeedBytes directory_bytes{scratch()};
  CsvParser directory(directory_bytes, ',');
  CsvRow row;
  EXPECT_EQ(directory.next(row), CsvParser::Outcome::kEnd);
  EXPECT_TRUE(directory_bytes.failed());
  FeedBytes file_bytes{write("short.csv", "id\n")};
  CsvParser file(file_bytes, ',');
  while (file.next(row) != CsvParser::Outcome::kEnd) {
  }
  EXPECT_FALSE(file_bytes.failed());
}

// features: G1
TEST(BadJsonl, BadLinesAreNamedAndTheGoodOnesAreKept) {
  const Read read = read_all(write("bad.jsonl",
                                   "\xEF\xBB\xBF{\"id\":\"1\",\"title\":\"Good\"}\r\n"
                                   "{\"id\":\"2\",\"title\":\"cut\n"
                                   "[1,2]\n"
                                   "{\"id\":\"4\",\"title\":\"\xFF\"}\n"
                                   "{\"id\":\"5\",\"title\":\"T\",\"pictures\":[5]}\n"
                                   "{\"id\":\"6\",\"title\":\"T\",\"variants\":[{\"price\":1}]}\n"
                                   "{\"id\":\"7\",\"title\":\"T\",\"variants\":[\"oak\"]}\n"
                                   "{\"id\":\"8\",\"title\":\"T\",\"price\":-1,\"currency\":\"EUR\"}\n"
                                   "{\"title\":\"no id\"}\n"
                                   "\n"
                                   "{\"id\":\"11\",\"title\":\"Good, without a line end\"}"));
  EXPECT_THAT(ids(read), ElementsAre("1", "11"));
  EXPECT_THAT(reasons(read),
              ElementsAre("2 bad_json", "3 bad_json", "4 not_utf8", "5 bad_pictures", "6 bad_variants", "7 bad_variants", "8 bad_price", "9 missing_value"));
  EXPECT_EQ(read.products[1].line, 11);
}

TEST(BadJsonl, HugeAndDeepLinesAreRefused) {
  const std::string deep = R"({"id":"1","title":"T","x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}\n";
  const std::string huge = R"({"id":"2","title":")" + std::string(size_t{11} << 20, 'x') + "\"}\n";
  std::string many = R"({"id":"3","title":"T","variants":[)";
  for (int i = 0; i <= 1000; ++i) many += (i > 0 ? "," : "") + std::string(R"({"variant":"v)") + std::to_string(i) + "\"}";
  const Read read = read_all(write("huge.jsonl", deep + huge + many + "]}\n" + R"({"id":"4","title":"Good"})"));
  EXPECT_THAT(ids(read), ElementsAre("4"));
  EXPECT_THAT(reasons(read), ElementsAre("1 bad_json", "2 row_too_long", "3 too_many_variants"));
}

TEST(BadFeeds, AFeedCutAnywhereNeverLosesTheRowsBefore) {
  const std::string text = "id,variant,title,price,currency\n1,,\"Chair, \"\"A\"\"\",1.50,EUR\n2,x,\"Two\nlines\",3,EUR\n2,y,T,4,EUR\n3,,Last,5,EUR\n";
  const size_t first_end = text.find("2,x");
  for (size_t length = first_end; length < text.size(); ++length) {
    const Read read = read_all(write("cut.csv", text.substr(0, length)));
    ASSERT_FALSE(read.products.empty()) << length;
    EXPECT_EQ(read.products[0].texts[0].title, "Chair, \"A\"") << length;
    EXPECT_LE(read.errors.size(), 2U) << length;
  }
}

}  // namespace
}  // namespace nozama
