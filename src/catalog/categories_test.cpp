#include <gmock/gmock.h>

#include "catalog/slug.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;

class CategoryCatalog : public CatalogContract {
 protected:
  std::string slug_of(CategoryId id) {
    const auto nodes = catalog_->categories("en");
    for (const CategoryNode& node : *nodes) {
      if (node.id == id) return node.slug;
    }
    return "";
  }
};
NOZAMA_ON_EVERY_STORE(CategoryCatalog);

// features: F1
TEST_P(CategoryCatalog, TheTreeCountsProductsAndShowsAPicture) {
  ProductBatch batch = sample_batch({"a", "b", "c"});
  batch.products[1].category_path = {"Living room", "Sofas"};
  batch.products[2].category_path = {"Bath"};
  batch.products[2].other_category_paths = {{"Living room", "Sofas"}};
  batch.products[2].pictures.clear();
  ASSERT_TRUE(catalog_->upsert(batch));
  ASSERT_TRUE(catalog_->ensure_category({"Empty"}));
  auto nodes = catalog_->categories("en");
  ASSERT_TRUE(nodes) << nodes.error().message;
  std::vector<std::string> lines;
  for (const CategoryNode& node : *nodes) {
    lines.push_back(node.slug + " " + std::to_string(node.depth) + " " + node.parent_slug + " " + std::to_string(node.product_count) +
                    (node.picture_hash == hash_of("a-front")   ? " a"
                     : node.picture_hash == hash_of("b-front") ? " b"
                                                               : ""));
  }
  EXPECT_THAT(lines, ElementsAre("bath 0  1", "empty 0  0", "living-room 0  3 a", "chairs 1 living-room 1 a", "sofas 1 living-room 2 b"));
}

TEST_P(CategoryCatalog, APathIsMadeOnceAndItsSlugsAreUnique) {
  const CategoryId chairs = *catalog_->ensure_category({"Living room", "Chairs"});
  EXPECT_EQ(*catalog_->ensure_category({"Living room", "Chairs"}), chairs);
  const CategoryId garden_chairs = *catalog_->ensure_category({"Garden", "Chairs"});
  EXPECT_NE(garden_chairs, chairs);
  EXPECT_EQ(slug_of(chairs), "chairs");
  EXPECT_EQ(slug_of(garden_chairs), "garden-chairs");
  EXPECT_EQ(slug_of(*catalog_->ensure_category({"Garden", "Chairs!"})), "chairs-2");
  EXPECT_EQ(slug_of(*catalog_->ensure_category({"All"})), "all-2") << "the API's word for everywhere is reserved";
  const std::string japanese = slug_of(*catalog_->ensure_category({"ソファ"}));
  EXPECT_TRUE(japanese.starts_with("c-")) << japanese;
  EXPECT_EQ(japanese.size(), 10U);
  EXPECT_THAT(*catalog_->category_path(garden_chairs), ElementsAre("Garden", "Chairs"));
  const CategoryId garden = *catalog_->category_by_slug("garden");
  EXPECT_EQ(catalog_->category_descendants(garden)->size(), 3U);
}

// features: F4
TEST_P(CategoryCatalog, NamesHaveLanguages) {
  const ProductId id = upsert(sample_product("a")).id;
  const CategoryId chairs = *catalog_->category_by_slug("chairs");
  ASSERT_TRUE(catalog_->set_category_names(chairs, {{.lang = "de", .name = "Stühle"}, {.lang = "DE", .name = "Sitzmöbel"}}));
  EXPECT_EQ(catalog_->cards({id}, "de-AT")->front().category_name, "Sitzmöbel");
  EXPECT_EQ(catalog_->cards({id}, "fr")->front().category_name, "Chairs");
  EXPECT_EQ(catalog_->categories("de")->back().name, "Sitzmöbel");
  EXPECT_EQ(catalog_->product("a", "de")->breadcrumbs.back().name, "Sitzmöbel");
  EXPECT_EQ(catalog_->set_category_names(CategoryId{99}, {}).error().reason, "unknown_category");
}

TEST_P(CategoryCatalog, BadPathsAreRefused) {
  EXPECT_EQ(catalog_->ensure_category({}).error().reason, "bad_category");
  EXPECT_EQ(catalog_->ensure_category({"a", ""}).error().reason, "bad_category");
  EXPECT_EQ(catalog_->ensure_category({"a\nb"}).error().reason, "bad_category");
  EXPECT_EQ(catalog_->ensure_category({"\xFF"}).error().reason, "bad_category");
  EXPECT_EQ(catalog_->ensure_category(std::vector<std::string>(17, "deep")).error().reason, "bad_category");
  EXPECT_EQ(catalog_->category_path(CategoryId{5}).error().reason, "unknown_category");
}

TEST(Slug, FoldsAccentsAndJoinsWordsWithHyphens) {
  EXPECT_EQ(slugify("Living room"), "living-room");
  EXPECT_EQ(slugify("  Möbel & Küche / Straße "), "mobel-kuche-strasse");
  EXPECT_EQ(slugify("Men's Øre Łódź Čeština Ğ ı Œuvre Ĳ Þ"), "mens-ore-lodz-cestina-g-i-oeuvre-ij-th");
  EXPECT_EQ(slugify("2×4 — größer"), "2-4-grosser");
  EXPECT_EQ(slugify("ソファ"), "");
  EXPECT_EQ(slugify("\xC3"), "");
  EXPECT_EQ(slugify("a\xC3"), "a");
}

}  // namespace
}  // namespace nozama
