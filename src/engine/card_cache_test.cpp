#include "engine/card_cache.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "catalog/catalog.h"

namespace nozama {
namespace {

ProductRecord product_called(const std::string& id, const std::string& title) {
  ProductRecord product;
  product.external_id = id;
  product.texts = {{.lang = "en", .title = title, .description = ""}};
  return product;
}

class CardCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) / "nozama_card_cache.db";
    forget_file();
    catalog_ = std::move(*Catalog::open(path_, {.create = true}));
    put("a", "lamp");
    put("b", "vase");
    const auto ids = catalog_->product_ids({"a", "b"});
    ASSERT_TRUE(ids);
    for (const auto& id : *ids) ids_.push_back(*id);
  }
  void TearDown() override {
    catalog_.reset();
    forget_file();
  }

  void forget_file() {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + end);
  }
  void put(const std::string& id, const std::string& title) {
    const auto outcomes = catalog_->upsert({.products = {product_called(id, title)}});
    ASSERT_TRUE(outcomes) << outcomes.error().message;
  }
  std::vector<std::string> titles(int64_t seq, const std::vector<ProductId>& ids) {
    const auto cards = cache_.get(*catalog_, seq, ids, "en");
    EXPECT_TRUE(cards);
    std::vector<std::string> titles;
    for (const ProductCard& card : *cards) titles.push_back(card.title);
    return titles;
  }

  std::filesystem::path path_;
  std::unique_ptr<Catalog> catalog_;
  std::vector<ProductId> ids_;
  CardCache cache_;
};

TEST_F(CardCacheTest, AnswersInTheOrderAskedForAndWithoutProductsThatDoNotExist) {
  const int64_t seq = *catalog_->current_seq();
  EXPECT_EQ(titles(seq, {ids_[1], ProductId{999}, ids_[0]}), (std::vector<std::string>{"vase", "lamp"}));
  EXPECT_EQ(cache_.size(), 2U);
  EXPECT_EQ(titles(seq, {ids_[0], ProductId{999}, ids_[1]}), (std::vector<std::string>{"lamp", "vase"}));
}

TEST_F(CardCacheTest, ShowsWhatChangedOnceTheChangeIsKnown) {
  const int64_t before = *catalog_->current_seq();
  EXPECT_EQ(titles(before, ids_), (std::vector<std::string>{"lamp", "vase"}));
  put("a", "lantern");
  EXPECT_EQ(titles(*catalog_->current_seq(), ids_), (std::vector<std::string>{"lantern", "vase"}));
  ASSERT_TRUE(catalog_->delete_products({"b"}));
  EXPECT_EQ(titles(*catalog_->current_seq(), ids_), (std::vector<std::string>{"lantern"}));
}

TEST_F(CardCacheTest, LanguagesAreKeptApart) {
  const int64_t seq = *catalog_->current_seq();
  titles(seq, ids_);
  ASSERT_TRUE(cache_.get(*catalog_, seq, ids_, "de"));
  EXPECT_EQ(cache_.size(), 4U);
}

}  // namespace
}  // namespace nozama
