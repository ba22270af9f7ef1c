#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class ProductRecords : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(ProductRecords);

ProductRecord rich_product() {
  ProductRecord record = sample_product("chair-1");
  record.other_category_paths = {{"Sale", "Wood"}, {"New"}};
  record.variants = {{"oak", "Oak", std::nullopt, 3, {{"colour", "brown"}, {"colour", "dark"}}}, {"black", "", 14950, std::nullopt, {}}};
  record.pictures[1].variant_key = "black";
  record.relations = {{"also_bought", "q"}, {"also_bought", "b"}};
  return record;
}

// features: G1 G4
TEST_P(ProductRecords, WhatIsReadAndStoredAgainChangesNothing) {
  ASSERT_EQ(upsert(rich_product()).kind, UpsertKind::kCreated);
  ASSERT_EQ(upsert(sample_product("b")).kind, UpsertKind::kCreated);
  const auto ids = *catalog_->product_ids({"b", "chair-1"});
  const auto stored = catalog_->records({*ids[0], *ids[1], ProductId{999}});
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_EQ(stored->size(), 2U);
  EXPECT_EQ((*stored)[0].record.external_id, "b");
  const ProductRecord& chair = (*stored)[1].record;
  EXPECT_EQ(chair.category_path, rich_product().category_path);
  EXPECT_EQ(chair.other_category_paths.size(), 2U);
  EXPECT_EQ(chair.variants[0].attributes, rich_product().variants[0].attributes);
  EXPECT_EQ(chair.pictures[1].variant_key, "black");
  EXPECT_EQ(chair.relations.size(), 2U);
  for (const StoredProduct& product : *stored) EXPECT_EQ(upsert(product.record).kind, UpsertKind::kUnchanged) << product.record.external_id;
}

TEST_P(ProductRecords, AChangeOfWhatHasChangedMeanwhileIsRefused) {
  ASSERT_EQ(upsert(rich_product()).kind, UpsertKind::kCreated);
  const auto ids = *catalog_->product_ids({"chair-1"});
  const StoredProduct read = catalog_->records({*ids[0]})->front();
  ProductRecord first = read.record, second = read.record;
  first.replaces = second.replaces = read.digest;
  first.brand = "First";
  second.brand = "Second";
  EXPECT_EQ(upsert(first).kind, UpsertKind::kUpdated);
  const UpsertOutcome late = upsert(second);
  EXPECT_EQ(late.kind, UpsertKind::kRejected);
  EXPECT_EQ(late.error.reason, "changed_meanwhile");
  EXPECT_EQ(catalog_->records({*ids[0]})->front().record.brand, "First");
}

TEST_P(ProductRecords, APictureWithoutASourceKeepsTheOneItHas) {
  ASSERT_EQ(upsert(rich_product()).kind, UpsertKind::kCreated);
  const auto ids = *catalog_->product_ids({"chair-1"});
  ProductRecord record = catalog_->records({*ids[0]})->front().record;
  for (PictureRecord& picture : record.pictures) picture.source_ref.clear();
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUnchanged);
  record.brand = "Other";
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUpdated);
  EXPECT_EQ(catalog_->records({*ids[0]})->front().record.pictures[1].source_ref, rich_product().pictures[1].source_ref);
}

}  // namespace
}  // namespace nozama
