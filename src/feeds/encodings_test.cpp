// The bytes below the dialects: gzip and the encodings of text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;

std::string utf16(const std::u16string& text, bool big) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big ? std::string{high, low} : std::string{low, high};
  }
  return bytes;
}

// features: G3
TEST(Encodings, Utf16WithAMarkAndWindows1252AreUnderstood) {
  const std::u16string text = u"\uFEFFid;title\r\n1;Stühle 😀\r\n";
  for (const bool big : {false, true}) {
    const Read read = read_all(write("utf16.csv", utf16(text, big)));
    ASSERT_EQ(read.products.size(), 1U) << big;
    EXPECT_EQ(read.products[0].texts[0].title, "Stühle 😀");
  }
  const Read western = read_all(write("western.csv", "id,title,price,currency\n1,St\xFChle \x93Olga\x94 12 \x80,12,EUR\n"));
  ASSERT_EQ(western.products.size(), 1U);
  EXPECT_EQ(western.products[0].texts[0].title, "Stühle “Olga” 12 €");
}

TEST(Encodings, WhatTellsTheEncodingMayComeAfterALotOfPlainText) {
  std::string text = "id,title\n";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ",Plain\n";
  const Read read = read_all(write("late.csv", text + "last,St\xFChle\n"));
  EXPECT_TRUE(read.errors.empty());
  EXPECT_EQ(read.products.back().texts[0].title, "Stühle");
}

TEST(Encodings, OneBadRowOfAUtf8FileIsRefusedAndTheOthersAreKept) {
  const Read read = read_all(write("mixed.csv", "id,title\n1,Stühle\n2,St\xFChle\n3,Bänke\n"));
  EXPECT_THAT(ids(read), ElementsAre("1", "3"));
  EXPECT_THAT(reasons(read), ElementsAre("3 not_utf8"));
}

TEST(Encodings, HalfACharacterOfUtf16IsShownAsSuch) {
  const Read read = read_all(write("half.csv", utf16(std::u16string(u"\uFEFFid,title\n1,A") + char16_t{0xD800} + u"B\n", false)));
  ASSERT_EQ(read.products.size(), 1U);
  EXPECT_EQ(read.products[0].texts[0].title, "A\uFFFDB");
}

// features: G3
TEST(Gzip, IsReadDirectlyInAnyNumberOfMembers) {
  const Read read = read_all(write("feed.csv.gz", gzip("id,title\n1,One\n2,T") + gzip("") + gzip("wo\n3,Three\n") + std::string(300, '\0')));
  EXPECT_EQ(read.dialect, "csv");
  EXPECT_TRUE(read.errors.empty());
  EXPECT_THAT(ids(read), ElementsAre("1", "2", "3"));
  EXPECT_EQ(read.products[1].texts[0].title, "Two");
}

TEST(Gzip, AFileCutAnywhereGivesWholeRowsAndSaysSo) {
  std::string text = "id,title\n";
  for (int i = 0; i < 300; ++i) text += std::to_string(i) + ",Title " + std::to_string(i * 7919) + "\n";
  const std::string packed = gzip(text);
  for (size_t length = 40; length < packed.size(); length += 37) {
    const Read read = read_all(write("cut.csv.gz", packed.substr(0, length)));
    ASSERT_FALSE(read.errors.empty()) << length;
    EXPECT_EQ(read.errors.back().error.reason, "gzip_cut") << length;
    for (size_t i = 0; i < read.products.size(); ++i) EXPECT_EQ(read.products[i].texts[0].title, "Title " + std::to_string(i * 7919)) << length;
  }
}

TEST(Gzip, DamageIsNamedAndTheRowsBeforeAreKept) {
  std::string packed = gzip("id,title\n1,One\n2,Two\n");
  packed[packed.size() - 6] ^= 1;  // of the checksum
  const Read read = read_all(write("damaged.csv.gz", packed));
  EXPECT_THAT(ids(read), ElementsAre("1", "2"));
  EXPECT_THAT(reasons(read), ElementsAre("4 gzip_damaged"));
  const Read trailing = read_all(write("trailing.csv.gz", gzip("id,title\n1,One\n") + "more"));
  EXPECT_THAT(ids(trailing), ElementsAre("1"));
  EXPECT_THAT(reasons(trailing), ElementsAre("3 gzip_damaged"));
}

TEST(Gzip, ABombIsRefusedBeforeItHasUnpackedMuch) {
  const Read read = read_all(write("bomb.csv.gz", gzip("id,title\n1,One\n" + std::string(size_t{100} << 20, '\n'))));
  EXPECT_THAT(ids(read), ElementsAre("1"));
  ASSERT_EQ(read.errors.size(), 1U);
  EXPECT_EQ(read.errors[0].error.reason, "gzip_bomb");
  EXPECT_LT(read.errors[0].line, int64_t{80} << 20);
}

}  // namespace
}  // namespace nozama
