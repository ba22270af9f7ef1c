// The table of products, on every database.
#include "catalog/product_table.h"

#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ProductTableContract : public CatalogContract {
 protected:
  void add(const std::string& id, const std::string& title, std::optional<int64_t> price_minor, std::optional<int64_t> stock) {
    ProductRecord record = sample_product(id, title);
    record.price_minor = price_minor;
    record.stock = stock;
    ASSERT_TRUE(catalog_->upsert({.products = {record}, .encoder_id = {}, .embeddings = {}, .progress = {}}));
  }
  void SetUp() override {
    CatalogContract::SetUp();
    if (!catalog_) return;  // skipped
    add("b", "Beta lamp", 200, 0);
    add("a", "alpha chair", std::nullopt, 5);
    add("c", "Gamma lamp", 100, std::nullopt);
    add("d", "Delta_chair %", 300, 0);
  }
  // Page by page.
  std::vector<std::string> ids(ProductTableQuery query) {
    std::vector<std::string> found;
    for (;;) {
      const auto page = ProductTable(*catalog_).list(query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) return found;
      for (const ProductTableRow& row : page->rows) found.push_back(row.card.external_id);
      if (page->next.empty()) return found;
      query.after = page->next;
    }
  }
};
NOZAMA_ON_EVERY_STORE(ProductTableContract);

// features: F3
TEST_P(ProductTableContract, EveryOrderPagesToTheEndWithoutRepeatingARow) {
  for (const int limit : {1, 2, 3, 50}) {
    EXPECT_THAT(ids({.sort = TableSort::kCreated, .descending = true, .limit = limit}), ElementsAre("d", "c", "a", "b"));
    EXPECT_THAT(ids({.sort = TableSort::kCreated, .descending = false, .limit = limit}), ElementsAre("b", "a", "c", "d"));
    EXPECT_THAT(ids({.sort = TableSort::kTitle, .descending = false, .limit = limit}), ElementsAre("a", "b", "d", "c"));
    EXPECT_THAT(ids({.sort = TableSort::kTitle, .descending = true, .limit = limit}), ElementsAre("c", "d", "b", "a"));
    EXPECT_THAT(ids({.sort = TableSort::kPrice, .descending = false, .limit = limit}), ElementsAre("c", "b", "d", "a"));
    EXPECT_THAT(ids({.sort = TableSort::kPrice, .descending = true, .limit = limit}), ElementsAre("d", "b", "c", "a"));
    EXPECT_THAT(ids({.sort = TableSort::kStock, .descending = false, .limit = limit}), ElementsAre("b", "d", "a", "c"));
    EXPECT_THAT(ids({.sort = TableSort::kStock, .descending = true, .limit = limit}), ElementsAre("a", "d", "b", "c"));
  }
}

// features: F3
TEST_P(ProductTableContract, ItIsNarrowedByWordsCategoryAndStock) {
  EXPECT_THAT(ids({.text = "lamp", .limit = 1}), ElementsAre("c", "b"));
  EXPECT_THAT(ids({.text = "lamp", .only_sold_out = true}), ElementsAre("b"));
  EXPECT_THAT(ids({.text = "nothing of the kind"}), IsEmpty());
  EXPECT_THAT(ids({.category = "living-room", .only_sold_out = true, .sort = TableSort::kTitle, .descending = false}), ElementsAre("b", "d"));
  EXPECT_EQ(ProductTable(*catalog_).list({.category = "none"}).error().reason, "unknown_category");
}

// features: F3
TEST_P(ProductTableContract, ARowSaysWhatAnEditorNeeds) {
  const auto german = ProductTable(*catalog_).row("b", "de-AT");
  ASSERT_TRUE(german);
  EXPECT_EQ(german->card.title, "Eichenstuhl");
  EXPECT_EQ(german->title_lang, "de");
  const auto row = ProductTable(*catalog_).row("b", "ja");
  EXPECT_EQ(row->title_lang, "en");
  EXPECT_EQ(row->stock, 0);
  EXPECT_FALSE(row->variants_have_stock);
  EXPECT_GT(row->updated_ms, 0);
  add("b", "Another lamp", 200, 0);
  EXPECT_NE(ProductTable(*catalog_).row("b", "ja")->version, row->version);
  ProductRecord varied = sample_product("v");
  varied.variants = {{.key = "s", .title = "S", .price_minor = {}, .stock = 2, .attributes = {}}};
  ASSERT_TRUE(catalog_->upsert({.products = {varied}, .encoder_id = {}, .embeddings = {}, .progress = {}}));
  EXPECT_TRUE(ProductTable(*catalog_).row("v", "en")->variants_have_stock);
  EXPECT_EQ(ProductTable(*catalog_).row("none", "en").error().reason, "unknown_product");
}

TEST_P(ProductTableContract, APageThatNoListHasIsRefused) {
  for (const std::string after : {"x", "1", "_", "1_x", "_1", "1_\xff"}) {
    EXPECT_EQ(ProductTable(*catalog_).list({.after = after}).error().reason, "bad_page") << after;
  }
  EXPECT_EQ(ProductTable(*catalog_).list({.sort = TableSort::kTitle, .after = "1_\xff"}).error().reason, "bad_page");
  EXPECT_EQ(ProductTable(*catalog_).list({.limit = 0}).error().reason, "bad_page");
  EXPECT_EQ(ProductTable(*catalog_).list({.limit = kTableRowsMax + 1}).error().reason, "bad_page");
}

// features: I2
TEST_P(ProductTableContract, WhatMustBeNewIsNotWrittenOverAnother) {
  ProductRecord record = sample_product("a", "Other");
  record.replaces = "none";
  const auto refused = catalog_->upsert({.products = {record}, .encoder_id = {}, .embeddings = {}, .progress = {}});
  EXPECT_EQ(refused->front().error.reason, "changed_meanwhile");
  record.external_id = "new";
  EXPECT_EQ(catalog_->upsert({.products = {record}, .encoder_id = {}, .embeddings = {}, .progress = {}})->front().kind, UpsertKind::kCreated);
}

}  // namespace
}  // namespace nozama
