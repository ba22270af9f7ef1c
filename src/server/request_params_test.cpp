#include "server/request_params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/multipart.h"

namespace nozama {
namespace {

using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::Optional;

void expect_refusal(const Status& status, std::string_view reason, std::string_view text) {
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(status.error().reason, reason);
  EXPECT_THAT(status.error().message, HasSubstr(std::string(text)));
}

TEST(RequestParams, AQueryIsReadByType) {
  auto params = RequestParams::from_query({{"limit", "5"}, {"min_score", "0.25"}, {"lang", "de"}, {"exclude", "a"}, {"exclude[]", "b"}, {"explain", "true"}});
  EXPECT_THAT(params.integer("limit", 1, 100), Optional(5));
  EXPECT_THAT(params.number("min_score", 0, 1), Optional(0.25));
  EXPECT_THAT(params.text("lang", 10), Optional(std::string("de")));
  EXPECT_THAT(params.text_list("exclude", 10, 10), ElementsAre("a", "b"));
  EXPECT_THAT(params.boolean("explain"), Optional(true));
  EXPECT_EQ(params.integer("offset", 0, 10), std::nullopt);
  EXPECT_TRUE(params.finish());
}

TEST(RequestParams, JsonKeepsItsTypes) {
  auto params = RequestParams::from_json(R"({"limit": 5, "min_score": 0.5, "exclude": ["a", "b"], "lang": null, "explain": false})");
  ASSERT_TRUE(params);
  EXPECT_THAT(params->integer("limit", 1, 100), Optional(5));
  EXPECT_THAT(params->number("min_score", 0, 1), Optional(0.5));
  EXPECT_THAT(params->text_list("exclude", 10, 10), ElementsAre("a", "b"));
  EXPECT_THAT(params->boolean("explain"), Optional(false));
  EXPECT_FALSE(params->has("lang"));
  EXPECT_TRUE(params->finish());

  auto texts = RequestParams::from_json(R"({"limit": "5"})");
  EXPECT_EQ(texts->integer("limit", 1, 100), std::nullopt);
  expect_refusal(texts->finish(), "bad_parameter", "'limit'");
  auto numbers = RequestParams::from_json(R"({"lang": 5})");
  EXPECT_EQ(numbers->text("lang", 10), std::nullopt);
  expect_refusal(numbers->finish(), "bad_parameter", "'lang'");
}

TEST(RequestParams, BadJsonIsRefused) {
  for (const char* bad : {"", "{", "[]", "5", "{\"a\": {}}", "{\"a\": [[1]]}", "{\"a\": [null]}", "{} x", "{\"a\":[[[[[[1]]]]]]}", "{\"a\": \"\xFF\"}"}) {
    const auto params = RequestParams::from_json(bad);
    ASSERT_FALSE(params) << bad;
    EXPECT_EQ(params.error().reason, "bad_json") << bad;
  }
}

TEST(RequestParams, ABadValueNamesFieldValueAndRange) {
  for (const char* bad : {"0", "101", "-1", "1.5", "ten", "", " 5", "99999999999999999999"}) {
    auto params = RequestParams::from_query({{"limit", bad}});
    EXPECT_EQ(params.integer("limit", 1, 100), std::nullopt) << bad;
    expect_refusal(params.finish(), "bad_parameter", std::string("'limit' is '") + bad + "', but must be a whole number from 1 to 100");
  }
  for (const char* bad : {"nan", "inf", "-0.1", "1.1", "x"}) {
    auto params = RequestParams::from_query({{"min_score", bad}});
    EXPECT_EQ(params.number("min_score", 0, 1), std::nullopt) << bad;
    expect_refusal(params.finish(), "bad_parameter", "a number from 0 to 1");
  }
  auto choice = RequestParams::from_query({{"sort", "random"}});
  EXPECT_EQ(choice.choice("sort", {"price", "rating"}), std::nullopt);
  expect_refusal(choice.finish(), "bad_parameter", "one of price, rating");
}

TEST(RequestParams, TextMustBeShortUtf8) {
  for (const std::string& bad : {std::string(), std::string(11, 'a'), std::string("\xC3"), std::string("\xED\xA0\x80")}) {
    auto params = RequestParams::from_query({{"q", bad}});
    EXPECT_EQ(params.text("q", 10), std::nullopt);
    expect_refusal(params.finish(), "bad_parameter", "UTF-8");
  }
  auto list = RequestParams::from_query({{"exclude", "a"}, {"exclude", "b"}, {"exclude", "c"}});
  EXPECT_THAT(list.text_list("exclude", 2, 10), IsEmpty());
  expect_refusal(list.finish(), "bad_parameter", "at most 2");
}

TEST(RequestParams, AnUnknownFieldIsNamed) {
  auto params = RequestParams::from_query({{"limit", "5"}, {"limti", "6"}});
  params.integer("limit", 1, 100);
  expect_refusal(params.finish(), "unknown_parameter", "'limti'");
}

TEST(RequestParams, AFieldGivenTwiceIsRefused) {
  auto params = RequestParams::from_query({{"limit", "5"}, {"limit", "6"}});
  EXPECT_EQ(params.integer("limit", 1, 100), std::nullopt);
  expect_refusal(params.finish(), "bad_parameter", "once");
}

TEST(RequestParams, ThousandsOfFieldsAreRefusedQuickly) {
  std::vector<NameValue> query;
  for (int i = 0; i < 5000; ++i) query.emplace_back("field" + std::to_string(i), "1");
  expect_refusal(RequestParams::from_query(query).finish(), "unknown_parameter", "there is no parameter 'field0'");
}

TEST(RequestParams, AFileIsNotAFieldAndComesOnce) {
  const std::string body =
      "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nBYTES\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"limit\"\r\n\r\n7\r\n--B--";
  const auto parts = parse_multipart(body, "B");
  ASSERT_TRUE(parts);
  auto params = RequestParams::from_multipart(*parts, {"image"});
  EXPECT_THAT(params.file("image"), Optional(std::string_view("BYTES")));
  EXPECT_THAT(params.integer("limit", 1, 100), Optional(7));
  EXPECT_TRUE(params.finish());

  auto twice = *parts;
  twice.push_back(twice.front());
  auto refused = RequestParams::from_multipart(twice, {"image"});
  refused.file("image");
  refused.integer("limit", 1, 100);
  expect_refusal(refused.finish(), "bad_parameter", "sent twice");
}

}  // namespace
}  // namespace nozama
