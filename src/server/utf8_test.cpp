#include "server/utf8.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

TEST(IsValidUtf8, FollowsTheStandard) {
  for (const char* good : {"", "a", "ä", "€", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) EXPECT_TRUE(is_valid_utf8(good)) << good;
  for (const char* bad : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xED\xBF\xBF"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

TEST(MendedUtf8, ReplacesBrokenBytesOnly) {
  EXPECT_EQ(mended_utf8("a\x80\xC3\xA4\xE2\x82"), "a\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(mended_utf8("Sessel"), "Sessel");
}

}  // namespace
}  // namespace nozama
