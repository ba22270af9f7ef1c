#include "server/json_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace nozama {
namespace {

using testing::HasSubstr;

ProductCard chair() {
  ProductCard card;
  card.external_id = "chair-1";
  card.title = "Chair \"No. 1\"";
  card.price_minor = 129990;
  card.currency = "EUR";
  card.category_slug = "chairs";
  card.category_name = "Chairs";
  card.rating = 4.3;
  card.picture_hash = std::string(64, 'a');
  return card;
}

// features: D2
TEST(JsonViews, NumbersAreWrittenAsPeopleWriteThem) {
  SearchAnswer answer;
  answer.vector = "abc";
  answer.categories = {{"chairs", "Chairs", 0.8123456789}};
  answer.timings.encode_ms = 10.12345;
  SearchHit hit;
  hit.product = chair();
  hit.score = 0.987654321;
  hit.reasons = {"same_category"};
  answer.results = {hit};
  answer.total = 1;
  const std::string json = search_answer_json(answer);
  EXPECT_THAT(json, HasSubstr(R"("price":1299.9,)"));
  EXPECT_THAT(json, HasSubstr(R"("probability":0.812346)"));
  EXPECT_THAT(json, HasSubstr(R"("score":0.987654,)"));
  EXPECT_THAT(json, HasSubstr(R"("encode":10.123,)"));
  EXPECT_THAT(json, HasSubstr(R"("decode":0,)"));
  EXPECT_THAT(json, HasSubstr(R"("reasons":["same_category"])"));
  EXPECT_THAT(json, HasSubstr(R"("title":"Chair \"No. 1\"")"));
  EXPECT_EQ(boost::json::serialize(boost::json::parse(json)).empty(), false);
}

TEST(JsonViews, WhatIsUnknownIsNull) {
  ProductCard bare;
  bare.external_id = "x";
  const std::string json = product_page_json(ListAnswer{ProductPage{{bare}, 1}, {}}, {});
  for (const char* member : {"price", "currency", "brand", "category", "rating", "image_url", "url"}) {
    EXPECT_THAT(json, HasSubstr(std::string("\"") + member + "\":null")) << member;
  }
  EXPECT_EQ(search_answer_json({}).find("nan"), std::string::npos);
}

TEST(JsonViews, MoneyFollowsItsCurrency) {
  ProductCard card = chair();
  card.price_minor = 1250;
  card.currency = "JPY";
  EXPECT_THAT(product_page_json(ListAnswer{ProductPage{{card}, 1}, {}}, {}), HasSubstr(R"("price":1250,)"));
  card.currency = "KWD";
  EXPECT_THAT(product_page_json(ListAnswer{ProductPage{{card}, 1}, {}}, {}), HasSubstr(R"("price":1.25,)"));
}

TEST(JsonViews, PicturesAreAddressedByContent) {
  EXPECT_THAT(product_page_json(ListAnswer{ProductPage{{chair()}, 1}, {}}, {}), HasSubstr("\"image_url\":\"/media/" + std::string(64, 'a') + "/320.webp\""));
}

TEST(JsonViews, EmptyListsAreLists) {
  const std::string json = search_answer_json({});
  EXPECT_THAT(json, HasSubstr(R"("results":[])"));
  EXPECT_THAT(json, HasSubstr(R"("categories":[])"));
  EXPECT_EQ(categories_json({}), R"({"categories":[]})");
  EXPECT_EQ(similar_json({}), R"({"results":[]})");
}

TEST(JsonViews, AnyTextOfAFeedIsValidJson) {
  ProductDetails product;
  product.card = chair();
  product.description = "line\nbreak \x01 \xFF tab\t </script> \xE2\x82";
  product.attributes = {{"na\"me", "va\\lue"}};
  const auto parsed = boost::json::parse(product_json(product)).as_object();
  EXPECT_EQ(parsed.at("description").as_string(), "line\nbreak \x01 \xEF\xBF\xBD tab\t </script> \xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(parsed.at("attributes").as_array()[0].as_object().at("name").as_string(), "na\"me");
}

}  // namespace
}  // namespace nozama
