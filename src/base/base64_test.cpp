#include "base/base64.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(Base64, IsAsInRfc4648) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, WhatIsNotOfTheAlphabetIsNotRead) {
  EXPECT_EQ(decode_base64url("-_8"), "\xfb\xff");
  EXPECT_EQ(decode_base64url(""), "");
  for (const char* text : {"+/8", "Zm8=", "Z", "Zm 8", "Zm8.", "Zm9"}) EXPECT_FALSE(decode_base64url(text)) << text;
}

}  // namespace
}  // namespace nozama
