// The examples in docs/feeds are feeds, and say what the pages say of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "feeds/feeds_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

// Name=value, in order.
std::vector<std::string> texts_of(const std::vector<DraftAttribute>& attributes) {
  std::vector<std::string> list;
  for (const DraftAttribute& attribute : attributes) list.push_back(attribute.name + "=" + attribute.value);
  return list;
}

// Reference@variant, in order.
std::vector<std::string> pictures_of(const ProductDraft& draft) {
  std::vector<std::string> list;
  for (const DraftPicture& picture : draft.pictures) list.push_back(picture.reference.substr(picture.reference.rfind('/') + 1) + "@" + picture.variant_key);
  return list;
}

std::vector<std::string> keys_of(const ProductDraft& draft) {
  std::vector<std::string> list;
  for (const DraftVariant& variant : draft.variants) list.push_back(variant.key);
  return list;
}

// features: G3
TEST(FeedDocs, ShopifysExampleIsTwoProducts) {
  const Read read = read_all(write("docs.csv", example("shopify.md", "csv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "shopify-csv");
  ASSERT_THAT(ids(read), ElementsAre("linen-shirt", "tote-bag"));
  const ProductDraft& shirt = read.products[0];
  EXPECT_EQ(shirt.texts[0].description, "Washed linen.\nRegular fit\nHorn buttons");
  EXPECT_THAT(shirt.category_path, ElementsAre("Apparel & Accessories", "Clothing", "Shirts & Tops"));
  EXPECT_THAT(shirt.other_category_paths, ElementsAre(ElementsAre("Shirts")));
  EXPECT_THAT(keys_of(shirt), ElementsAre("S / White", "M / White", "M / Sand"));
  EXPECT_THAT(texts_of(shirt.variants[1].attributes), ElementsAre("size=M", "color=White", "sku=LS-M-W", "compare_at_price=79.00", "weight_grams=230"));
  EXPECT_EQ(*shirt.variants[1].stock, 0);
  EXPECT_FALSE(shirt.variants[2].stock);
  EXPECT_EQ(*shirt.variants[2].price, "62.00");
  EXPECT_EQ(shirt.currency, "USD");
  EXPECT_THAT(pictures_of(shirt), ElementsAre("linen-front.jpg@", "linen-white.jpg@S / White", "linen-back.jpg@", "linen-white.jpg@M / White",
                                              "linen-sand.jpg@M / Sand", "linen-detail.jpg@"));
  EXPECT_TRUE(read.products[1].variants.empty());
  EXPECT_EQ(*read.products[1].stock, 12);
  EXPECT_THAT(texts_of(shirt.attributes), testing::Not(testing::Contains(HasSubstr("21.50")))) << "what a product costs the shop is not public";
}

// features: G3
TEST(FeedDocs, ShopifysExampleOfNewColumnNamesIsOneProduct) {
  const Read read = read_all(write("docs.csv", example("shopify.md", "new")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "shopify-csv");
  ASSERT_THAT(ids(read), ElementsAre("wool-cap"));
  EXPECT_THAT(keys_of(read.products[0]), ElementsAre("Grey", "Blue"));
  EXPECT_THAT(pictures_of(read.products[0]), ElementsAre("cap-grey.jpg@Grey", "cap-blue.jpg@Blue"));
  EXPECT_EQ(*read.products[0].stock, 3);
}

// features: G3
TEST(FeedDocs, WooCommercesExampleIsTwoProducts) {
  const Read read = read_all(write("docs.csv", example("woocommerce.md", "csv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "woocommerce-csv");
  ASSERT_THAT(ids(read), ElementsAre("45", "44"));
  const ProductDraft& mug = read.products[0];
  EXPECT_EQ(*mug.price, "7.50");
  EXPECT_THAT(texts_of(mug.attributes), testing::IsSupersetOf({"regular_price=9,00", "gtin=4006381333931", "material=Stoneware", "Weight (kg)=0.3"}));
  const ProductDraft& hoodie = read.products[1];
  EXPECT_EQ(hoodie.texts[0].description, "Brushed cotton & a lined hood.");
  EXPECT_THAT(hoodie.category_path, ElementsAre("Clothing", "Hoodies"));
  EXPECT_THAT(hoodie.other_category_paths, ElementsAre(ElementsAre("Winter, all", "Tops")));
  EXPECT_THAT(keys_of(hoodie), ElementsAre("Blue", "Red"));
  EXPECT_EQ(*hoodie.price, "45");
  EXPECT_EQ(*hoodie.variants[1].price, "39");
  EXPECT_EQ(*hoodie.variants[1].stock, 0);
  EXPECT_THAT(pictures_of(hoodie), ElementsAre("hoodie.jpg@", "hoodie-back.jpg@", "hoodie-blue.jpg@Blue", "hoodie-red.jpg@Red"));
}

// features: G3
TEST(FeedDocs, GoogleMerchantsTextExampleIsOneProductOfTwoVariants) {
  const Read read = read_all(write("docs.txt", example("google-merchant.md", "tsv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "google-merchant-tsv");
  ASSERT_THAT(ids(read), ElementsAre("CAP"));
  const ProductDraft& cap = read.products[0];
  EXPECT_THAT(keys_of(cap), ElementsAre("CAP-G", "CAP-B"));
  EXPECT_EQ(cap.currency, "EUR");
  EXPECT_FALSE(cap.variants[0].stock);
  EXPECT_EQ(*cap.variants[1].stock, 0);
  EXPECT_THAT(cap.category_path, ElementsAre("Hats"));
  EXPECT_THAT(cap.other_category_paths, ElementsAre(ElementsAre("Apparel & Accessories", "Clothing Accessories", "Hats")));
  EXPECT_THAT(pictures_of(cap), ElementsAre("cap-g.jpg@CAP-G", "cap-2.jpg@CAP-G", "cap-3.jpg@CAP-G", "cap-b.jpg@CAP-B"));
}

// features: G3
TEST(FeedDocs, GoogleVisionsExampleIsTwoProducts) {
  const Read read = read_all(write("docs.csv", example("google-vision.md", "csv")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "google-vision-csv");
  ASSERT_THAT(ids(read), ElementsAre("CH-12", "CAP-G"));
  EXPECT_EQ(read.products[0].line, 1);
  EXPECT_THAT(read.products[0].category_path, ElementsAre("homegoods-v2"));
  ASSERT_EQ(read.products[0].pictures.size(), 2U);
  EXPECT_EQ(read.products[0].pictures[1].reference, "https://storage.googleapis.com/fjord-shop/olga-side.jpg");
  EXPECT_THAT(texts_of(read.products[1].attributes), ElementsAre("colour=grey", "colour=melange", "product_set=hats"));
}

}  // namespace
}  // namespace nozama
