#include "catalog/favourites.h"

#include <gmock/gmock.h>

#include "catalog/account_data.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;

class Favourites : public CatalogContract {
 protected:
  std::vector<std::string> listed(int64_t account) {
    std::vector<std::string> ids;
    const auto cards = FavouriteStore(*catalog_).list(AccountId{account}, "en");
    for (const ProductCard& card : *cards) ids.push_back(card.external_id);
    return ids;
  }
};
NOZAMA_ON_EVERY_STORE(Favourites);

// features: E4
TEST_P(Favourites, EachAccountHasItsOwnAndTheyOutliveTheProduct) {
  FavouriteStore favourites(*catalog_);
  for (const char* id : {"a", "b"}) upsert(sample_product(id));
  ASSERT_TRUE(favourites.add(AccountId{1}, "a"));
  ASSERT_TRUE(favourites.add(AccountId{1}, "a")) << "again changes nothing";
  ASSERT_TRUE(favourites.add(AccountId{2}, "b"));
  EXPECT_THAT(listed(1), ElementsAre("a"));
  EXPECT_EQ(favourites.add(AccountId{1}, "unknown").error().reason, "unknown_product");
  EXPECT_EQ(favourites.add(AccountId{1}, "\xff").error().reason, "unknown_product");

  ASSERT_TRUE(catalog_->delete_products({"a"}));
  EXPECT_THAT(listed(1), ElementsAre());
  upsert(sample_product("a"));
  EXPECT_THAT(listed(1), ElementsAre("a"));
  ASSERT_TRUE(favourites.remove(AccountId{1}, "a"));
  ASSERT_TRUE(favourites.remove(AccountId{1}, "a"));
  EXPECT_THAT(listed(1), ElementsAre());
  EXPECT_THAT(*favourites.ids(AccountId{2}), ElementsAre("b"));
  ASSERT_TRUE(forget_account(*catalog_, AccountId{2}));
  EXPECT_THAT(*favourites.ids(AccountId{2}), ElementsAre());
}

TEST_P(Favourites, AreBounded) {
  FavouriteStore favourites(*catalog_);
  ProductBatch batch;
  for (int i = 0; i <= kFavouritesMax; ++i) {
    batch.products.push_back(sample_product("p" + std::to_string(i)));
    batch.products.back().pictures.clear();
  }
  ASSERT_TRUE(catalog_->upsert(batch));
  for (int i = 0; i < kFavouritesMax; ++i) ASSERT_TRUE(favourites.add(AccountId{1}, "p" + std::to_string(i)));
  EXPECT_EQ(favourites.add(AccountId{1}, "p" + std::to_string(kFavouritesMax)).error().reason, "too_many_favourites");
  EXPECT_TRUE(favourites.add(AccountId{1}, "p0")) << "it is there already";
}

}  // namespace
}  // namespace nozama
