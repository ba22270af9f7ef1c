// One product as JSON: written and read back, strict about names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/feeds_for_test.h"
#include "feeds/product_json.h"

namespace nozama {
namespace {

using testing::HasSubstr;

ProductDraft nasty_draft() {
  ProductDraft draft{.external_id = "a/b \"1\""};
  draft.texts = {{"", "Tom & Jerry <b>bold</b>", "one\n\ntwo < three"}, {"pt-br", "T\u00edtulo", "&amp; is written so"}};
  draft.brand = "A > B";
  draft.price = "12.50";
  draft.currency = "EUR";
  draft.stock = 7;
  draft.rating = 4.3;
  draft.rating_count = 12;
  draft.url = "https://shop.example/a?b=1&c=2";
  draft.category_path = {"Living > room", "Sofas"};
  draft.other_category_paths = {{"Sale"}, {"New", "This > week"}};
  draft.variants = {{"red", "Red one", "13.00", 3, {{"colour", "red"}}}, {"blue", "", "12.50", 4, {{"size", "1"}, {"size", "2"}}}};
  draft.pictures = {{"nozama:abc", "red"}, {"https://x.example/a.jpg", ""}, {"nozama:abd", "blue"}};
  draft.attributes = {{"tag", "x"}, {"tag", "y"}, {"brand", "not the brand"}, {"empty", ""}};
  draft.relations = {{"also_bought", "q"}, {"similar", "r"}};
  return draft;
}

// features: G1
TEST(ProductJson, WhatIsWrittenIsReadBackByTheApiAndByAFeed) {
  const std::string line = draft_json(nasty_draft());
  const auto read = read_product_json(line, 1);
  ASSERT_TRUE(read) << read.error().message << "\n" << line;
  EXPECT_EQ(draft_json(*read), line);
  EXPECT_EQ(read->texts[0].title, "Tom & Jerry <b>bold</b>");
  EXPECT_EQ(read->category_path, (std::vector<std::string>{"Living > room", "Sofas"}));
  EXPECT_EQ(read->stock, 7);
  EXPECT_EQ(read->attributes.size(), 4U);
  const Read feed = read_all(write("export.jsonl", line + "\n"));
  ASSERT_TRUE(feed.errors.empty()) << feed.errors[0].error.message;
  ASSERT_EQ(feed.products.size(), 1U);
  EXPECT_EQ(draft_json(feed.products[0]), line);
}

TEST(ProductJson, ANameThatIsNoFieldIsRefusedAlsoInAVariant) {
  const auto product = read_product_json(R"({"id":"1","title":"A","pricee":"3"})", 4);
  ASSERT_FALSE(product);
  EXPECT_EQ(product.error().reason, "unknown_parameter");
  EXPECT_THAT(product.error().message, HasSubstr("line 4: there is no field 'pricee'"));
  EXPECT_EQ(read_product_json(R"({"id":"1","title":"A","variants":[{"variant":"x","colour":"red"}]})", 1).error().reason, "unknown_parameter");
  EXPECT_EQ(read_product_json("[]", 1).error().reason, "bad_json");
  EXPECT_EQ(read_product_json(R"({"id":"1","title":"A","price":"1"})", 1).error().reason, "bad_currency");
  EXPECT_EQ(read_product_json(R"({"title":"A"})", 1).error().reason, "missing_value");
}

TEST(ProductJson, APatchReplacesItsMembersAndNullTakesOneAway) {
  const auto merged = merge_product_json(R"({"id":"1","title":"A","brand":"B","attributes":{"a":"1","b":"2"}})",
                                         R"({"title":"C","brand":null,"attributes":{"b":null,"c":"3"}})");
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, R"({"id":"1","title":"C","attributes":{"a":"1","c":"3"}})");
  EXPECT_EQ(merge_product_json("{}", "3").error().reason, "bad_json");
}

}  // namespace
}  // namespace nozama
