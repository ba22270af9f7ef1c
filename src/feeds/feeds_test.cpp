#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "feeds/csv_parser.h"
#include "feeds/draft_builder.h"
#include "feeds/feeds_for_test.h"
#include "feeds/reader.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// features: G1
TEST(CsvFeed, VariantRowsOfAProductBecomeOneDraftAndNothingIsDropped) {
  const Read read = read_all(write("own.csv",
                                   "\xEF\xBB\xBFid,variant,title,title_de,category,price,currency,stock,rating,picture,pictures,colour,warranty\r\n"
                                   "c1,oak,\"Chair, \"\"Olga\"\"\",Stuhl,Dining > Chairs,12.50,EUR,3,4.5,a.webp,b.webp|c.webp,brown,2 years\r\n"
                                   "c1,black,\"Chair\",,,13,EUR,0,,d.webp,,black,\r\n"
                                   "s1,,\"Sofa\nwide\",,,,,,,,,red,\r\n"));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "csv");
  ASSERT_EQ(read.products.size(), 2U);
  const ProductDraft& chair = read.products[0];
  EXPECT_EQ(chair.external_id, "c1");
  EXPECT_EQ(chair.line, 2);
  EXPECT_EQ(chair.texts[0].title, "Chair, \"Olga\"");
  EXPECT_EQ(chair.texts[1].lang, "de");
  EXPECT_EQ(chair.category_path, (std::vector<std::string>{"Dining", "Chairs"}));
  EXPECT_EQ(*chair.price, "12.50");
  EXPECT_EQ(*chair.stock, 3);
  ASSERT_EQ(chair.variants.size(), 2U);
  EXPECT_EQ(chair.variants[1].key, "black");
  EXPECT_EQ(*chair.variants[1].price, "13");
  ASSERT_EQ(chair.pictures.size(), 4U);
  EXPECT_EQ(chair.pictures[3].variant_key, "black");
  ASSERT_EQ(chair.attributes.size(), 1U);
  EXPECT_EQ(chair.attributes[0].name, "warranty");
  EXPECT_EQ(read.products[1].texts[0].title, "Sofa\nwide");
  EXPECT_EQ(read.products[1].attributes[0].value, "red");
}

TEST(CsvFeed, BadRowsNameFileLineAndValueAndTheGoodOnesAreKept) {
  const Read read = read_all(write("bad.csv",
                                   "id,title,price,currency,rating,stock\n"
                                   "1,G\xC3\xB6\xC3\xB6"
                                   "d,1,EUR,,\n"
                                   "2,Negative,-1,EUR,,\n"
                                   "3,Short row\n"
                                   ",No id,1,EUR,,\n"
                                   "5,,1,EUR,,\n"
                                   "6,Rating,1,EUR,9,\n"
                                   "7,Not \xFF utf8,1,EUR,,\n"
                                   "8,No currency,1,,,\n"
                                   "9,Stock,1,EUR,,-4\n"
                                   "1,Again,1,EUR,,\n"
                                   "11,\"quote\" here,1,EUR,,\n"
                                   "12,Good too,2,EUR,,\n"
                                   "13,\"never closed,1,EUR,,\n"));
  ASSERT_EQ(read.products.size(), 2U);
  EXPECT_EQ(read.products[1].external_id, "12");
  std::map<int64_t, std::string> reasons;
  for (const RowError& error : read.errors) {
    reasons[error.line] = error.error.reason;
    EXPECT_NE(error.error.message.find(fmt::format("bad.csv:{}: ", error.line)), std::string::npos) << error.error.message;
    if (error.line == 3) {
      EXPECT_NE(error.error.message.find("price is '-1'"), std::string::npos) << error.error.message;
    }
  }
  const std::map<int64_t, std::string> expected = {{3, "bad_price"},     {4, "wrong_column_count"}, {5, "missing_value"},  {6, "missing_value"},
                                                   {7, "bad_rating"},    {8, "not_utf8"},           {9, "bad_currency"},   {10, "bad_stock"},
                                                   {11, "duplicate_id"}, {12, "bad_quoting"},       {14, "unclosed_quote"}};
  EXPECT_EQ(reasons, expected);
}

TEST(Feeds, WhatCannotBeReadAtAllSaysWhy) {
  EXPECT_EQ(read_all(scratch() / "missing.csv").errors[0].error.reason, "file_not_found");
  EXPECT_EQ(read_all(write("empty.csv", "")).errors[0].error.reason, "empty_feed");
  EXPECT_EQ(read_all(write("binary.csv", std::string("\0\1\2", 3))).errors[0].error.reason, "unknown_dialect");
  const Error missing = read_all(write("columns.csv", "id,name\n1,x\n")).errors[0].error;
  EXPECT_EQ(missing.reason, "missing_column");
  EXPECT_NE(missing.message.find("'title' is missing"), std::string::npos);
  EXPECT_NE(missing.message.find("id, name"), std::string::npos);
  EXPECT_EQ(read_all(write("mixed.csv", "id,title \xC3\xB6,t\xEFtle\n")).errors[0].error.reason, "not_utf8");
  EXPECT_EQ(read_all(write("twice.csv", "id,title,title\n")).errors[0].error.reason, "duplicate_column");
}

TEST(TsvFeed, IsKnownByItsTabs) {
  const Read read = read_all(write("own.tsv", "id\ttitle\n1\tA, b\n"));
  EXPECT_EQ(read.dialect, "tsv");
  EXPECT_EQ(read.products[0].texts[0].title, "A, b");
}

// features: G1
TEST(JsonlFeed, NestedVariantsPicturesAndAttributesAreRead) {
  const Read read = read_all(write(
      "own.jsonl", R"({"id":"1","title":"Lamp","category":["Light","Lamps"],"price":9.5,"currency":"EUR","pictures":["a.png","b.png"],"attributes":{"watt":5},)"
                   R"("variants":[{"variant":"red","stock":2,"picture":"r.png"},{"variant":"blue","price":"11","stock":0}]})"
                   "\n\nnot json\n"
                   R"({"title":"No id"})"
                   "\n"));
  ASSERT_EQ(read.products.size(), 1U);
  const ProductDraft& lamp = read.products[0];
  EXPECT_EQ(lamp.category_path, (std::vector<std::string>{"Light", "Lamps"}));
  EXPECT_EQ(*lamp.price, "9.5");
  EXPECT_EQ(*lamp.stock, 2);
  ASSERT_EQ(lamp.variants.size(), 2U);
  EXPECT_EQ(*lamp.variants[1].price, "11");
  EXPECT_EQ(lamp.pictures.size(), 3U);
  EXPECT_EQ(lamp.attributes[0].value, "5");
  ASSERT_EQ(read.errors.size(), 2U);
  EXPECT_EQ(read.errors[0].error.reason, "bad_json");
  EXPECT_EQ(read.errors[0].line, 3);
  EXPECT_EQ(read.errors[1].error.reason, "missing_value");
}

// features: G1
TEST(FirstSystemFeed, EveryColumnIsKeptAndTheLabelIsTheCategory) {
  const Read read = read_all(
      write("Running_Shoes_downloaded.csv",
            "asin,title,price,imUrl,brand,rating,related,salesRank,categories,description,timestamp,imUrl_local\n"
            "B001,Shoe,\"$1,299.99\",http://x/y.jpg,Acme,4.5,\"{'also_bought': ['B002']}\",{'Shoes': 5},\"[['Shoes']]\",Nice,1400000000,imgs/B001.jpg\n"
            "B002,nan,nan,http://x/z.jpg,,nan,,,,,,\n"));
  EXPECT_EQ(read.dialect, "first-system-csv");
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_EQ(read.products.size(), 2U);
  const ProductDraft& shoe = read.products[0];
  EXPECT_EQ(shoe.external_id, "B001");
  EXPECT_EQ(*shoe.price, "1299.99");
  EXPECT_EQ(shoe.currency, "USD");
  EXPECT_EQ(shoe.category_path, (std::vector<std::string>{"Running Shoes"}));
  EXPECT_EQ(shoe.pictures[0].reference, "imgs/B001.jpg");
  EXPECT_EQ(shoe.texts[0].description, "Nice");
  std::vector<std::string> names;
  for (const DraftAttribute& attribute : shoe.attributes) names.push_back(attribute.name);
  EXPECT_EQ(names, (std::vector<std::string>{"imUrl", "related", "salesRank", "categories", "timestamp"}));
  EXPECT_EQ(read.products[1].texts[0].title, "B002");
  EXPECT_FALSE(read.products[1].price);
}

TEST(FolderFeed, FoldersAreTheCategoryAndIdsAreUnique) {
  const fs::path folder = scratch() / "tree";
  fs::remove_all(folder);
  fs::create_directories(folder / "shoes" / "red");
  for (const char* name : {"shoes/a.jpg", "shoes/a.PNG", "shoes/red/b.webp", "c.gif", "notes.txt"}) std::ofstream(folder / name) << "x";
  const Read read = read_all(folder);
  EXPECT_EQ(read.dialect, "folder");
  std::map<std::string, std::vector<std::string>> found;
  for (const ProductDraft& draft : read.products) found[draft.external_id] = draft.category_path;
  const std::map<std::string, std::vector<std::string>> expected = {
      {"c", {}}, {"shoes/a.PNG", {"shoes"}}, {"shoes/a.jpg", {"shoes"}}, {"shoes/red/b", {"shoes", "red"}}};
  EXPECT_EQ(found, expected);
  fs::create_directories(scratch() / "nothing");
  EXPECT_EQ(read_all(scratch() / "nothing").errors[0].error.reason, "empty_feed");
}

TEST(Feeds, PricesAreReadStrictly) {
  EXPECT_EQ(*parse_price(" 12 "), "12");
  EXPECT_EQ(*parse_price("$1,234,567.5"), "1234567.5");
  for (const char* bad : {"", "-1", "1.2.3", "12,5", "1e5", "abc", "1 2", ",123", "1,23"}) EXPECT_FALSE(parse_price(bad)) << bad;
}

TEST(Feeds, Utf8IsCheckedToTheLastByte) {
  EXPECT_TRUE(is_utf8("椅子 ü 😀"));
  for (const char* bad : {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\x80"}) EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace nozama
