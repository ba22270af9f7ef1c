// The examples in docs/feeds are feeds, and say what the pages say of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;

// The first fenced block of that language on the page.
std::string example(const std::string& page, const std::string& language) {
  const auto text = read_text_file(std::filesystem::path(NOZAMA_SOURCE_DIR) / "docs/feeds" / page);
  if (!text) return text.error().message;
  const std::string fence = "```" + language + "\n";
  const size_t begin = text->find(fence);
  if (begin == std::string::npos) return "no example";
  return text->substr(begin + fence.size(), text->find("```", begin + 3) - begin - fence.size());
}

// features: G1
TEST(FeedDocs, TheCsvExampleIsTwoProducts) {
  const Read read = read_all(write("docs.csv", example("csv.md", "csv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_THAT(ids(read), ElementsAre("chair-12", "sofa-3"));
  EXPECT_EQ(read.products[0].variants.size(), 2U);
  EXPECT_EQ(read.products[0].pictures.size(), 4U);
  EXPECT_EQ(*read.products[0].stock, 4);
  EXPECT_EQ(*read.products[1].price, "1249.00");
}

// features: G1
TEST(FeedDocs, TheJsonlExampleIsThreeProducts) {
  const Read read = read_all(write("docs.jsonl", example("jsonl.md", "json")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_THAT(ids(read), ElementsAre("lamp-7", "chair-12", "stool-1"));
  EXPECT_EQ(read.products[0].variants.size(), 2U);
  EXPECT_EQ(read.products[0].pictures.size(), 4U);
  EXPECT_THAT(read.products[0].category_path, ElementsAre("Light", "Lamps"));
}

TEST(FeedDocs, TheFirstSystemsExampleIsTwoProductsWithTheirLabel) {
  const Read read = read_all(write("Running_Shoes_downloaded.csv", example("first-system.md", "csv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_THAT(ids(read), ElementsAre("B00SHOE001", "B00SHOE002"));
  EXPECT_THAT(read.products[0].category_path, ElementsAre("Running Shoes"));
  EXPECT_THAT(read.products[0].pictures[0].reference, "Running_Shoes/B00SHOE001.jpg");
}

}  // namespace
}  // namespace nozama
