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

// Kind:other, in order.
std::vector<std::string> relations_of(const ProductDraft& draft) {
  std::vector<std::string> list;
  for (const DraftRelation& relation : draft.relations) list.push_back(relation.kind + ":" + relation.other_id);
  return list;
}

// features: G3
TEST(FeedDocs, GoogleMerchantsXmlExampleIsTwoProducts) {
  const Read read = read_all(write("docs.xml", example("google-merchant.md", "xml")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "google-merchant-xml");
  ASSERT_THAT(ids(read), ElementsAre("SOFA-3", "CH-12"));
  const ProductDraft& sofa = read.products[0];
  EXPECT_EQ(*sofa.price, "999.00");
  EXPECT_EQ(*sofa.stock, 0);
  EXPECT_EQ(sofa.line, 25);
  EXPECT_THAT(texts_of(sofa.attributes), testing::UnorderedElementsAre("google_product_category=460", "regular_price=1.249,00 EUR"));
  const ProductDraft& chair = read.products[1];
  EXPECT_EQ(chair.texts[0].description, "Solid oak.\nStackable.");
  EXPECT_THAT(chair.category_path, ElementsAre("Dining", "Chairs"));
  EXPECT_THAT(chair.other_category_paths, ElementsAre(ElementsAre("Furniture", "Chairs", "Kitchen & Dining Room Chairs")));
  EXPECT_THAT(keys_of(chair), ElementsAre("CH-12-OAK", "CH-12-BLACK"));
  EXPECT_THAT(texts_of(chair.attributes), testing::IsSupersetOf({"gtin=4006381333931", "shipping=DE:Standard:4.90 EUR"}));
  EXPECT_THAT(pictures_of(chair), ElementsAre("olga-oak.jpg@CH-12-OAK", "olga-side.jpg@CH-12-OAK", "olga-back.jpg@CH-12-OAK", "olga-black.jpg@CH-12-BLACK"));
}

// features: G3
TEST(FeedDocs, GoogleMerchantsAtomExampleIsOneProduct) {
  const Read read = read_all(write("docs.xml", example("google-merchant.md", "atom")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_THAT(ids(read), ElementsAre("MUG-1"));
  const ProductDraft& mug = read.products[0];
  EXPECT_EQ(mug.url, "https://shop.example/mug");
  EXPECT_EQ(mug.texts[0].description, "Holds 300 ml.");
  EXPECT_EQ(*mug.price + mug.currency, "9.00USD");
}

// features: G2
TEST(FeedDocs, AmazonsExampleOf2014KeepsRelationsRanksAndPaths) {
  const Read read = read_all(write("docs.json", example("amazon.md", "2014")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "amazon-2014");
  ASSERT_THAT(ids(read), ElementsAre("0000031852", "0000032069"));
  const ProductDraft& tutu = read.products[0];
  EXPECT_EQ(*tutu.price + tutu.currency, "3.17USD");
  EXPECT_THAT(tutu.category_path, ElementsAre("Sports & Outdoors", "Other Sports", "Dance"));
  EXPECT_THAT(tutu.other_category_paths, ElementsAre(ElementsAre("Clothing, Shoes & Jewelry", "Girls")));
  EXPECT_THAT(texts_of(tutu.attributes), ElementsAre("sales_rank=211836", "sales_rank_category=Toys & Games"));
  EXPECT_THAT(relations_of(tutu), ElementsAre("also_bought:B00JHONN1S", "also_bought:B002BZX8Z6", "also_viewed:B002BZX8Z6", "also_viewed:B00JHONN1S",
                                              "also_viewed:B008F0SU0Y", "bought_together:B002BZX8Z6", "viewed_then_bought:B00JHONN1S"));
  EXPECT_THAT(pictures_of(tutu), ElementsAre("51fAmVkTbyL._SY300_.jpg@"));
  EXPECT_EQ(read.products[1].texts[0].title, "Adult Ballet Tutu – Pink");
  EXPECT_EQ(read.products[1].texts[0].description, "Café style, it's \"one size\".");
}

// features: G2
TEST(FeedDocs, AmazonsExampleOf2018IsReadThroughItsHtml) {
  const Read read = read_all(write("docs.json", example("amazon.md", "2018")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "amazon-2018");
  ASSERT_THAT(ids(read), ElementsAre("B000JQFX1G", "B00NHT9V2M"));
  const ProductDraft& watch = read.products[0];
  EXPECT_EQ(watch.texts[0].title, "Men's Diver Watch");
  EXPECT_EQ(watch.texts[0].description, "Swiss movement.\nWater resistant to 50 m.");
  EXPECT_EQ(*watch.price, "74.99");
  EXPECT_THAT(watch.category_path, ElementsAre("Clothing, Shoes & Jewelry", "Men", "Watches"));
  EXPECT_THAT(texts_of(watch.attributes),
              testing::IsSupersetOf({"sales_rank=1234567", "sales_rank_category=Clothing, Shoes & Jewelry", "features=Stainless steel case\nMineral crystal",
                                     "Item model number=8926OB", "main_category=Watches"}));
  EXPECT_THAT(relations_of(watch), ElementsAre("also_bought:B00I0QBZ66", "also_bought:B00DUW77I6", "also_viewed:B06Y1BMNZZ"));
  EXPECT_THAT(pictures_of(watch), ElementsAre("31jYYE9lO8L.jpg@"));
  EXPECT_FALSE(read.products[1].price);
  EXPECT_THAT(texts_of(read.products[1].attributes), ElementsAre("sales_rank=8912", "sales_rank_category=Clothing"));
}

// features: G2
TEST(FeedDocs, AmazonsExampleOf2023IsKnownByTheParent) {
  const Read read = read_all(write("docs.jsonl", example("amazon.md", "2023")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "amazon-2023");
  ASSERT_THAT(ids(read), ElementsAre("B0BACKPACK", "B0BLOCKS"));
  const ProductDraft& bag = read.products[0];
  EXPECT_EQ(bag.brand, "Fjord & Co");
  EXPECT_EQ(*bag.rating, 4.3);
  EXPECT_EQ(bag.rating_count, 512);
  EXPECT_THAT(pictures_of(bag), ElementsAre("h.jpg@", "l2.jpg@"));
  EXPECT_THAT(bag.category_path, ElementsAre("Luggage", "Backpacks"));
  EXPECT_THAT(texts_of(bag.attributes), testing::IsSupersetOf({"sales_rank=1021", "sales_rank_category=Luggage", "sales_rank=88", "Department=unisex"}));
  EXPECT_THAT(pictures_of(read.products[1]), ElementsAre("blocks.jpg@"));
  EXPECT_THAT(read.products[1].category_path, ElementsAre("Toys"));
  EXPECT_THAT(texts_of(read.products[1].attributes), testing::Contains("Material=Beech"));
}

// features: G2
TEST(FeedDocs, AmazonsReviewsAreEvents) {
  struct Case {
    const char *year, *product, *actor;
    double stars;
    int64_t time_ms;
  };
  for (const Case& expected :
       {Case{"2014", "0000031852", "A2SUAM1J3GNN3B", 5, 1'252'800'000'000}, Case{"2018", "B000JQFX1G", "A1D4G1SNUZWQOT", 4, 1'412'380'800'000},
        Case{"2023", "B0BACKPACK", "AEYORY2AVPMCPDV57CE337YU5LXA", 3, 1'634'275'259'292}}) {
    const Read read = read_all(write("docs.json", example("amazon.md", std::string("reviews") + expected.year)));
    ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
    EXPECT_EQ(read.dialect, std::string("amazon-reviews-") + expected.year);
    ASSERT_EQ(read.events.size(), 1U);
    const EventDraft& review = read.events[0];
    EXPECT_EQ(review.kind, "review");
    EXPECT_EQ(review.product_id, expected.product);
    EXPECT_EQ(review.actor_id, expected.actor);
    EXPECT_EQ(review.value, expected.stars);
    EXPECT_EQ(review.time_ms, expected.time_ms);
  }
}

// features: G3
TEST(FeedDocs, SchemaOrgsExampleIsAGroupAndAProduct) {
  const Read read = read_all(write("docs.json", example("schema-org.md", "json")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  EXPECT_EQ(read.dialect, "schema-org");
  ASSERT_THAT(ids(read), ElementsAre("CH-12", "SOFA-3"));
  const ProductDraft& chair = read.products[0];
  EXPECT_EQ(chair.texts[0].description, "Solid oak.");
  EXPECT_EQ(chair.brand, "Acme");
  EXPECT_EQ(*chair.rating, 4.4);
  EXPECT_EQ(chair.rating_count, 89);
  EXPECT_THAT(chair.category_path, ElementsAre("Dining", "Chairs"));
  EXPECT_THAT(keys_of(chair), ElementsAre("CH-12-OAK", "CH-12-BLACK"));
  EXPECT_EQ(*chair.price + chair.currency, "129EUR");
  EXPECT_EQ(*chair.variants[1].stock, 0);
  EXPECT_THAT(relations_of(chair), ElementsAre("related:TABLE-1"));
  EXPECT_THAT(pictures_of(chair), ElementsAre("olga.jpg@", "olga-oak.jpg@CH-12-OAK"));
  const ProductDraft& sofa = read.products[1];
  EXPECT_EQ(*sofa.price, "999");
  EXPECT_THAT(sofa.category_path, ElementsAre("Living room", "Sofas"));
  EXPECT_THAT(texts_of(sofa.attributes), ElementsAre("material=Linen", "width=180 CMT", "warranty=2 years"));
  EXPECT_THAT(pictures_of(sofa), ElementsAre("sofa.jpg@"));
}

// features: G3
TEST(FeedDocs, SchemaOrgsExampleInAPageIsOneProduct) {
  const Read read = read_all(write("docs.txt", example("schema-org.md", "html")));
  ASSERT_TRUE(read.errors.empty()) << read.errors[0].error.message;
  ASSERT_THAT(ids(read), ElementsAre("MUG-1"));
  EXPECT_EQ(*read.products[0].price, "9.00");
}

}  // namespace
}  // namespace nozama
