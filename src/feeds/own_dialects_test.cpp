// Our CSV and JSONL beyond the plain row: separators, languages, and what a variant says differently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "feeds/draft_builder.h"
#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;

std::map<std::string, std::string> by_name(const std::vector<DraftAttribute>& attributes) {
  std::map<std::string, std::string> map;
  for (const DraftAttribute& attribute : attributes) map[attribute.name] = attribute.value;
  return map;
}

using Named = std::map<std::string, std::string>;

// features: G1
TEST(CsvFeed, WhatAVariantSaysDifferentlyIsKeptWithIt) {
  const Read read = read_all(write("variants.csv",
                                   "id,variant,title,title_de,brand,price,currency,colour,width_cm,creator,url\n"
                                   "1,oak,Table,Tisch,Acme,10,EUR,brown,120,Ann,/t\n"
                                   "1,long,Long table,Tisch,Acme,15,,brown,180,Ann,/t-long\n"
                                   "1,plain,,,,,,,,,\n"));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  const ProductDraft& table = read.products[0];
  EXPECT_EQ(by_name(table.attributes), (Named{{"width_cm", "120"}, {"creator", "Ann"}}));
  ASSERT_EQ(table.variants.size(), 3U);
  EXPECT_EQ(by_name(table.variants[0].attributes), (Named{{"colour", "brown"}}));
  EXPECT_EQ(table.variants[0].title, "");
  EXPECT_EQ(table.variants[1].title, "Long table");
  EXPECT_EQ(*table.variants[1].price, "15");
  EXPECT_EQ(by_name(table.variants[1].attributes), (Named{{"colour", "brown"}, {"width_cm", "180"}, {"url", "/t-long"}}));
  EXPECT_TRUE(table.variants[2].attributes.empty());
  EXPECT_FALSE(table.variants[2].price);
}

TEST(CsvFeed, ABadFirstRowLeavesTheProductToItsOtherRows) {
  const Read read = read_all(write("first_bad.csv", "id,variant,title,price,currency\n1,a,T,x,EUR\n1,b,T,2,EUR\n"));
  EXPECT_THAT(reasons(read), ElementsAre("2 bad_price"));
  ASSERT_EQ(read.products.size(), 1U);
  EXPECT_EQ(read.products[0].variants[0].key, "b");
  EXPECT_EQ(*read.products[0].price, "2");
}

TEST(CsvFeed, SemicolonsUnnamedColumnsAndSpacesInTheHeaderAreUnderstood) {
  const Read read = read_all(write("semicolon.csv", ";id ; title;note\n0;1;A, b;x\n"));
  ASSERT_EQ(read.products.size(), 1U) << read.errors[0].error.message;
  EXPECT_EQ(read.products[0].texts[0].title, "A, b");
  EXPECT_EQ(by_name(read.products[0].attributes), (Named{{"column_1", "0"}, {"note", "x"}}));
}

TEST(CsvFeed, ADescriptionWithoutATitleInItsLanguageIsNotLost) {
  const Read read = read_all(write("descriptions.csv", "id,title_en,description,description_fr\n1,Chair,Good,Bonne\n2,,Alone,\n"));
  ASSERT_EQ(read.products.size(), 1U);
  EXPECT_EQ(read.products[0].texts[0].lang, "en");
  EXPECT_EQ(read.products[0].texts[0].description, "Good");
  EXPECT_EQ(by_name(read.products[0].attributes), (Named{{"description_fr", "Bonne"}}));
  EXPECT_THAT(reasons(read), ElementsAre("3 missing_value"));
}

// features: G1
TEST(JsonlFeed, TextsByLanguageAndPicturesByVariantAreRead) {
  const Read read = read_all(write(
      "nested.jsonl",
      R"({"id":7,"texts":{"en":{"title":"Lamp","description":"Bright"},"pt_BR":{"title":"Luminária"}},"price":20,"currency":"EUR",)"
      R"("picture":"main.webp","pictures":["side.webp",{"picture":"red2.webp","variant":"red"}],"attributes":{"price":"on request","none":null},"tags":["a","b"],)"
      R"("variants":[{"variant":"red","title":"Red lamp","colour":"red","picture":"red.webp","attributes":{"bulb":"E27"}},{"variant":"blue","price":21.5,"stock":2}]})"
      "\n"
      R"({"id":"8","title":{"en":"Chair","de":"Stuhl"},"pictures":"a.webp | b.webp","stock":3})"));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  const ProductDraft& lamp = read.products[0];
  EXPECT_EQ(lamp.external_id, "7");
  ASSERT_EQ(lamp.texts.size(), 2U);
  EXPECT_EQ(lamp.texts[0].description, "Bright");
  EXPECT_EQ(lamp.texts[1].lang, "pt-br");
  EXPECT_EQ(by_name(lamp.attributes), (Named{{"price", "on request"}, {"tags", R"(["a","b"])"}}));
  EXPECT_EQ(*lamp.price, "20");
  ASSERT_EQ(lamp.variants.size(), 2U);
  EXPECT_EQ(lamp.variants[0].title, "Red lamp");
  EXPECT_EQ(by_name(lamp.variants[0].attributes), (Named{{"colour", "red"}, {"bulb", "E27"}}));
  EXPECT_EQ(*lamp.variants[1].price, "21.5");
  EXPECT_EQ(*lamp.stock, 2);
  std::vector<std::string> pictures;
  for (const DraftPicture& picture : lamp.pictures) pictures.push_back(picture.reference + "@" + picture.variant_key);
  EXPECT_THAT(pictures, ElementsAre("main.webp@", "side.webp@", "red2.webp@red", "red.webp@red"));
  EXPECT_EQ(read.products[1].texts[1].title, "Stuhl");
  EXPECT_EQ(read.products[1].pictures[1].reference, "b.webp");
  EXPECT_EQ(*read.products[1].stock, 3);
}

TEST(Feeds, PricesComeOutPlain) {
  const std::map<std::string, std::string> prices = {{"12", "12"},      {"12.50", "12.50"}, {"$ 12.99", "12.99"},
                                                     {"1,234", "1234"}, {"0012.5", "12.5"}, {".5", "0.5"},
                                                     {"12.", "12"},     {"0", "0"},         {"999999999999", "999999999999"}};
  for (const auto& [text, plain] : prices) EXPECT_EQ(parse_price(text).value_or("refused"), plain) << text;
  for (const char* bad :
       {"$", ".", ",", "1,2345", "12,345,67", "1234,567", "1,,234", "1.234,56 €", "1.234.567", "+1", "0x10", "1000000000000", "12..5", "--5", "1,234,"}) {
    EXPECT_FALSE(parse_price(bad)) << bad;
  }
}

TEST(Feeds, PositionGrowsToTheSizeOfTheFeed) {
  for (const char* name : {"size.csv", "size.jsonl"}) {
    const bool csv = std::string_view(name) == "size.csv";
    const auto feed = open_feed(write(name, csv ? "id,title\n1,A\n2,\"B\nb\"\n" : "{\"id\":1,\"title\":\"A\"}\n{\"id\":2,\"title\":\"B\"}"));
    ASSERT_TRUE(feed);
    int64_t before = 0;
    while (*(*feed)->next()) {
      EXPECT_GE((*feed)->position(), before);
      before = (*feed)->position();
    }
    EXPECT_EQ((*feed)->position(), (*feed)->size()) << name;
  }
}

TEST(FolderFeed, OtherProgramsFilesAndDeadLinksAreLeftOut) {
  const std::filesystem::path folder = scratch() / "links";
  std::filesystem::create_directories(folder / ".thumbnails");
  for (const char* name : {"a.jpg", "._a.jpg", "b.JPEG", "readme.md"}) std::ofstream(folder / name) << "x";
  std::filesystem::create_symlink("nowhere.jpg", folder / "dead.jpg");
  std::filesystem::create_symlink("loop.jpg", folder / "loop.jpg");
  EXPECT_THAT(ids(read_all(folder)), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace nozama
