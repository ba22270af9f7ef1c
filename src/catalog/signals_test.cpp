// Relations, events and features, on every database.
#include <gmock/gmock.h>

#include "base/half.h"
#include "catalog/migrations.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SignalCatalog : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(SignalCatalog);

// features: G2
TEST_P(SignalCatalog, RelationsComeBackInOrderAndANewListReplacesThem) {
  ProductRecord record = sample_product("a");
  const std::string digest_without = [&] {
    upsert(record);
    return upsert(record).kind == UpsertKind::kUnchanged ? "same" : "other";
  }();
  EXPECT_EQ(digest_without, "same");
  record.relations = {{"also_bought", "b"}, {"also_bought", "unknown"}, {"also_viewed", "b"}};
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUpdated);
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUnchanged);
  EXPECT_EQ(*catalog_->relations("a"), record.relations);
  record.relations.pop_back();
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUpdated);
  EXPECT_EQ(*catalog_->relations("a"), record.relations);
  EXPECT_THAT(*catalog_->relations("nowhere"), IsEmpty());
  record.relations = {{"also_bought", "two\nlines"}};
  EXPECT_EQ(upsert(record).error.reason, "bad_relation");
  ASSERT_TRUE(catalog_->delete_products({"a"}));
  EXPECT_THAT(*catalog_->relations("a"), IsEmpty());
}

// features: G2
TEST_P(SignalCatalog, TheSameEventTwiceIsOneAndANewValueReplacesItsOwn) {
  const std::vector<EventRecord> events{{"review", "a", "ann", 5, 1000}, {"review", "a", "bob", 2, 500}, {"review", "unknown", "ann", 1, 1000}};
  EXPECT_EQ(catalog_->save_events(events)->created, 3);
  const auto again = catalog_->save_events(events);
  EXPECT_EQ(again->created, 0);
  EXPECT_EQ(again->unchanged, 3);
  EXPECT_EQ(catalog_->save_events({{"review", "a", "ann", 4, 1000}, {"review", "a", "ann", 3, 2000}})->updated, 1);
  const auto stored = catalog_->events("a");
  ASSERT_THAT(*stored, SizeIs(3));
  EXPECT_EQ((*stored)[0].actor_id, "bob");
  EXPECT_EQ((*stored)[1].value, 4);
  EXPECT_EQ((*stored)[2].time_ms, 2000);
  EXPECT_THAT(*catalog_->events("unknown"), SizeIs(1));
}

// features: G2
TEST_P(SignalCatalog, FeaturesAreKeptWithTheirProductAndOthersPassedOver) {
  upsert(sample_product("a"));
  const std::vector<float> values{0, 1.5F, -2};
  const auto bytes = encode_half(values);
  const auto first = catalog_->save_features("f", {{"a", bytes}, {"nowhere", bytes}});
  EXPECT_EQ(first->created, 1);
  EXPECT_EQ(first->skipped, 1);
  EXPECT_EQ(catalog_->save_features("f", {{"a", bytes}})->unchanged, 1);
  EXPECT_EQ(*catalog_->feature("f", "a"), bytes);
  EXPECT_THAT(*catalog_->feature("g", "a"), IsEmpty());
  ASSERT_TRUE(catalog_->delete_products({"a"}));
  EXPECT_THAT(*catalog_->feature("f", "a"), IsEmpty());
}

// features: G4
TEST_P(SignalCatalog, APreviewSaysWhatUpsertWouldDoAndStoresNothing) {
  upsert(sample_product("a"));
  upsert(sample_product("b"));
  ProductRecord bad = sample_product("bad");
  bad.texts.clear();
  std::vector<Error> errors;
  const auto kinds = catalog_->preview({sample_product("a"), sample_product("b", "Another title"), sample_product("c"), bad}, errors);
  EXPECT_THAT(*kinds, ElementsAre(UpsertKind::kUnchanged, UpsertKind::kUpdated, UpsertKind::kCreated, UpsertKind::kRejected));
  EXPECT_EQ(errors[3].reason, "missing_title");
  EXPECT_EQ(catalog_->stats()->products, 2);
}

TEST_P(SignalCatalog, KeysComeInPagesAndTheNewestIsKnown) {
  EXPECT_EQ(catalog_->newest_product()->value, 0);
  for (const char* id : {"a", "b", "c"}) upsert(sample_product(id));
  const auto first = catalog_->product_keys({}, 2);
  ASSERT_THAT(*first, SizeIs(2));
  const auto rest = catalog_->product_keys(first->back().id, 2);
  ASSERT_THAT(*rest, SizeIs(1));
  EXPECT_EQ(rest->front().external_id, "c");
  EXPECT_EQ(*catalog_->newest_product(), rest->front().id);
}

}  // namespace
}  // namespace nozama
