#include <gmock/gmock.h>

#include <thread>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::IsEmpty;

class ChangeCatalog : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(ChangeCatalog);

TEST_P(ChangeCatalog, AnEmptyCatalogueHasNoChangesAndServesNothing) {
  EXPECT_EQ(*catalog_->current_seq(), 0);
  EXPECT_THAT(*catalog_->read_changes(0, 10), IsEmpty());
  const auto serving = catalog_->serving();
  EXPECT_EQ(serving->generation, 0);
  EXPECT_EQ(serving->encoder_id, "");
  EXPECT_EQ(catalog_->catalogue_id().size(), 32U);
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

TEST_P(ChangeCatalog, TheIdStaysAndEachCatalogueHasItsOwn) {
  const std::string id = catalog_->catalogue_id();
  reopen();
  EXPECT_EQ(catalog_->catalogue_id(), id);
  const auto other = GetParam().make();
  EXPECT_NE((*other->open({.create = true}))->catalogue_id(), id);
}

// features: C4
TEST_P(ChangeCatalog, SeqHasNoGapsAndFollowsTheOrderOfCommits) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) upsert(sample_product("p" + std::to_string(t) + "-" + std::to_string(i)));
    });
  }
  // A follower that reads while others write must never see a number that a later read comes before.
  int64_t followed = 0;
  while (followed < 40) {
    auto changes = catalog_->read_changes(followed, 100);
    ASSERT_TRUE(changes) << changes.error().message;
    for (const Change& change : *changes) ASSERT_EQ(change.seq, ++followed);
  }
  threads.clear();
  EXPECT_EQ(*catalog_->current_seq(), 40);
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

TEST_P(ChangeCatalog, AFailedWriteLeavesNoGap) {
  ProductBatch batch = sample_batch({"a"});
  batch.progress = JobProgress{};
  batch.progress->id = JobId{12};
  EXPECT_EQ(catalog_->upsert(batch).error().reason, "lease_lost");
  EXPECT_EQ(catalog_->stats()->products, 0);
  upsert(sample_product("b"));
  EXPECT_EQ(*catalog_->current_seq(), 1);
}

TEST_P(ChangeCatalog, ATrimmedLogSaysThatItDoesNotReachBack) {
  for (const char* id : {"a", "b", "c"}) upsert(sample_product(id));
  ASSERT_TRUE(catalog_->trim_changes(2));
  EXPECT_EQ(catalog_->read_changes(1, 10).error().reason, "changes_trimmed");
  EXPECT_EQ(catalog_->read_changes(2, 10)->size(), 1U);
  EXPECT_EQ(catalog_->read_changes(4, 10).error().reason, "changes_ahead") << "a restored backup";
  ASSERT_TRUE(catalog_->trim_changes(1)) << "going back is harmless";
  ASSERT_TRUE(catalog_->trim_changes(100));
  EXPECT_THAT(*catalog_->read_changes(3, 10), IsEmpty());
  EXPECT_EQ(catalog_->stats()->change_floor, 3);
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

TEST_P(ChangeCatalog, ReadingStopsAtTheLimit) {
  for (const char* id : {"a", "b", "c"}) upsert(sample_product(id));
  auto changes = catalog_->read_changes(0, 2);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ(changes->back().seq, 2);
}

// features: B3
TEST_P(ChangeCatalog, ModelsAndTheServingRowRoundTrip) {
  const std::vector<std::byte> bytes = {std::byte{0}, std::byte{255}, std::byte{7}};
  ModelBlob model;
  model.encoder_id = "encoder-a";
  model.blob = bytes;
  model.report_json = R"({"accuracy":0.9})";
  auto projection = catalog_->save_projection(model);
  auto head = catalog_->save_head(model);
  ASSERT_TRUE(projection && head);
  ServingRow row;
  row.encoder_id = "encoder-a";
  row.projection = *projection;
  row.head = *head;
  row.parameters_json = R"({"min_score":0.4})";
  EXPECT_EQ(*catalog_->switch_serving(row), 1);
  EXPECT_EQ(*catalog_->switch_serving(row), 2);
  reopen();
  auto serving = catalog_->serving();
  ASSERT_TRUE(serving);
  EXPECT_EQ(serving->generation, 2);
  EXPECT_EQ(serving->projection, projection.value());
  EXPECT_EQ(serving->head, head.value());
  EXPECT_EQ(serving->parameters_json, row.parameters_json);
  EXPECT_EQ(catalog_->head(*head)->blob, bytes);
  EXPECT_EQ(catalog_->head(*head)->report_json, model.report_json);
  EXPECT_GT(catalog_->projection(*projection)->created_ms, 0);
  auto changes = catalog_->read_changes(0, 10);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ(changes->back().kind, ChangeKind::kServing);
  EXPECT_EQ(changes->back().id, 2);
  EXPECT_EQ(catalog_->head(HeadId{99}).error().reason, "unknown_head");
  EXPECT_EQ(catalog_->projection(ProjectionId{99}).error().reason, "unknown_projection");
}

TEST_P(ChangeCatalog, ServingAMissingModelIsRefused) {
  ServingRow row;
  row.encoder_id = "encoder-a";
  row.head = HeadId{42};
  EXPECT_FALSE(catalog_->switch_serving(row));
  EXPECT_EQ(catalog_->serving()->generation, 0);
  EXPECT_EQ(*catalog_->current_seq(), 0);
}

TEST_P(ChangeCatalog, ASwitchThatExpectsAnotherStateChangesNothing) {
  ServingRow row;
  row.encoder_id = "encoder-a";
  EXPECT_EQ(*catalog_->switch_serving(row, 0), 1);
  row.encoder_id = "encoder-b";
  EXPECT_EQ(catalog_->switch_serving(row, 0).error().reason, "changed_meanwhile");
  EXPECT_EQ(catalog_->serving()->encoder_id, "encoder-a");
  EXPECT_EQ(*catalog_->switch_serving(row, 1), 2);
}

TEST_P(ChangeCatalog, WhatNothingServesIsToldAndPruned) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));  // embeddings of encoder-a
  ASSERT_TRUE(catalog_->save_head({.encoder_id = "encoder-a", .blob = {std::byte{1}}, .report_json = "{}"}));
  const auto projection = catalog_->save_projection({.encoder_id = "encoder-b", .blob = {std::byte{1}}, .report_json = "{}"});
  ServingRow row;
  row.encoder_id = "encoder-b";
  row.projection = *projection;
  ASSERT_TRUE(catalog_->switch_serving(row));
  const int64_t seq = *catalog_->current_seq();
  const auto unused = catalog_->unused_models();
  EXPECT_EQ(unused->encoder_ids, std::vector<std::string>{"encoder-a"});
  EXPECT_GT(unused->embeddings, 0);
  EXPECT_EQ(unused->heads, 1);
  EXPECT_EQ(unused->projections, 0);
  EXPECT_EQ(catalog_->prune_unused_models()->embeddings, unused->embeddings);
  EXPECT_EQ(catalog_->unused_models()->bytes, 0);
  EXPECT_EQ(*catalog_->embedding_count("encoder-a"), 0);
  EXPECT_TRUE(catalog_->projection(*projection));
  EXPECT_EQ(*catalog_->current_seq(), seq) << "the index has lost nothing";
}

TEST_P(ChangeCatalog, ABatchOfAnEncoderThatNoLongerServesIsRefusedWhole) {
  ServingRow row;
  row.encoder_id = "encoder-b";
  ASSERT_TRUE(catalog_->switch_serving(row));
  ProductBatch batch = sample_batch({"a"});
  batch.serving_encoder_only = true;
  EXPECT_EQ(catalog_->upsert(batch).error().reason, "encoder_switched");
  EXPECT_EQ(catalog_->stats()->products, 0);
  row.encoder_id = batch.encoder_id;
  ASSERT_TRUE(catalog_->switch_serving(row));
  EXPECT_TRUE(catalog_->upsert(batch));
}

TEST_P(ChangeCatalog, SettingsAreKeptAndReplaced) {
  EXPECT_EQ(*catalog_->setting("shop.name"), std::nullopt);
  ASSERT_TRUE(catalog_->set_setting("shop.name", "A"));
  ASSERT_TRUE(catalog_->set_setting("shop.name", "Möbel"));
  reopen();
  EXPECT_EQ(*catalog_->setting("shop.name"), "Möbel");
}

}  // namespace
}  // namespace nozama
