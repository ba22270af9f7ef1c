#include <gmock/gmock.h>

#include "catalog/migrations.h"
#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LookCatalog : public CatalogContract {
 protected:
  struct Fed {
    std::vector<ColourRecord> colours;
    int64_t group = 0;
  };
  std::vector<Fed> feed() {
    std::vector<Fed> fed;
    auto seq = catalog_->for_each_indexable("encoder-a", [&](const IndexRow& row) -> Status {
      fed.push_back({row.colours, row.duplicate_group.value});
      return {};
    });
    EXPECT_TRUE(seq) << seq.error().message;
    return fed;
  }
};
NOZAMA_ON_EVERY_STORE(LookCatalog);

// features: B6
TEST_P(LookCatalog, ColoursComeBackWithTheProductAndWithTheIndexRows) {
  ProductBatch batch = sample_batch({"a"});
  const std::vector<ColourRecord> colours{{"navy", "#1b2a4c", 0.71}, {"white", "#f4f4f0", 0.2}};
  batch.embeddings[0].look->colours = colours;
  batch.embeddings[1].look->colours = {};
  ASSERT_TRUE(catalog_->upsert(batch));
  EXPECT_EQ(catalog_->product("a", "en")->card.colours, colours) << "those of the first picture";
  const auto fed = feed();
  ASSERT_THAT(fed, SizeIs(2));
  EXPECT_EQ(fed[0].colours, colours);
  EXPECT_THAT(fed[1].colours, IsEmpty());
}

TEST_P(LookCatalog, ALookThatCouldNotBeReadBackIsRefused) {
  for (const ColourRecord& bad : {ColourRecord{"", "#b03a2e", 0.5}, ColourRecord{"red;", "#b03a2e", 0.5}, ColourRecord{"red", "b03a2e", 0.5},
                                  ColourRecord{"red", "#B03A2E", 0.5}, ColourRecord{"red", "#b03a2e", 1.5}}) {
    ProductBatch batch = sample_batch({"a"});
    batch.embeddings[0].look->colours = {bad};
    const auto stored = catalog_->upsert(batch);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().reason, "bad_look");
  }
  EXPECT_EQ(catalog_->stats()->products, 0) << "nothing of a refused batch is stored";
}

// features: G4
TEST_P(LookCatalog, APictureWithoutALookIsReadAgainAndGainsOne) {
  ProductBatch batch = sample_batch({"a"});
  for (auto& embedding : batch.embeddings) embedding.look.reset();
  ASSERT_TRUE(catalog_->upsert(batch));
  const PictureRecord front = sample_picture("a-front");
  const SourceKey key{front.source_ref, front.source_size, front.source_mtime_ms};
  EXPECT_FALSE((*catalog_->known_sources({key}, "encoder-a"))[0]->embedded);
  EXPECT_FALSE((*catalog_->known_hashes({front.content_hash}, "encoder-a"))[0]->embedded);
  EXPECT_THAT(*catalog_->fingerprints(), IsEmpty());

  ASSERT_TRUE(catalog_->save_embeddings("encoder-a", {sample_embedding("a-front", 1.0F)}));
  EXPECT_TRUE((*catalog_->known_sources({key}, "encoder-a"))[0]->embedded);
  EXPECT_EQ(*catalog_->current_seq(), 2) << "the index learns of it";
  EXPECT_EQ(catalog_->stats()->embeddings, 2) << "the embedding was there";

  EmbeddingRecord again = sample_embedding("a-front", 1.0F);
  again.look->perceptual_hash = 99;
  ASSERT_TRUE(catalog_->save_embeddings("encoder-b", {again}));
  EXPECT_EQ(catalog_->fingerprints()->front().perceptual_hash, 1) << "a look does not depend on the encoder";
}

TEST_P(LookCatalog, EveryBitOfAHashAndOfALayoutIsKept) {
  ProductBatch batch = sample_batch({"a"});
  batch.embeddings[0].look->perceptual_hash = 0xFFFF0000FF00F0F1ULL;
  batch.embeddings[0].look->colour_layout = {std::byte{0}, std::byte{255}, std::byte{7}};
  ASSERT_TRUE(catalog_->upsert(batch));
  const auto prints = catalog_->fingerprints();
  ASSERT_THAT(*prints, SizeIs(2));
  EXPECT_EQ((*prints)[0].perceptual_hash, 0xFFFF0000FF00F0F1ULL);
  EXPECT_FALSE((*prints)[0].group);
  EXPECT_THAT((*prints)[0].colour_layout, ElementsAre(std::byte{0}, std::byte{255}, std::byte{7}));
  EXPECT_EQ(*catalog_->embedding("encoder-a", (*prints)[0].content), batch.embeddings[0].half_bytes);
  EXPECT_THAT(*catalog_->embedding("encoder-b", (*prints)[0].content), IsEmpty());
  EXPECT_THAT(*catalog_->embedding("encoder-a", ContentId{4711}), IsEmpty());
}

TEST_P(LookCatalog, AFingerprintSaysOfWhatProductAndVariantThePictureIs) {
  ProductBatch batch = sample_batch({"a", "b"});
  batch.products[0].variants = {{.key = "oak"}, {.key = "ash"}};
  batch.products[0].pictures[0].variant_key = "oak";
  batch.products[1].pictures.push_back(sample_picture("a-side"));
  ASSERT_TRUE(catalog_->upsert(batch));
  const auto a = *(*catalog_->product_ids({"a"}))[0];
  const auto prints = *catalog_->fingerprints();
  ASSERT_THAT(prints, SizeIs(4));
  EXPECT_EQ(prints[0].only_product, a);
  EXPECT_EQ(prints[0].only_variant, catalog_->product("a", "en")->variants[0].id);
  EXPECT_EQ(prints[1].only_product, ProductId{}) << "used by both";
  EXPECT_EQ(prints[2].only_variant, VariantId{});
}

// features: C8
TEST_P(LookCatalog, GroupsAreStoredFollowedByTheIndexAndReported) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a", "b"})));
  EXPECT_THAT(*catalog_->near_duplicates(), IsEmpty());
  const auto prints = *catalog_->fingerprints();
  ASSERT_THAT(prints, SizeIs(4));
  const ContentId first = prints[0].content, third = prints[2].content;
  ASSERT_TRUE(catalog_->set_duplicate_groups({{first, first}, {prints[1].content, prints[1].content}, {third, first}, {ContentId{4711}, first}}));
  EXPECT_EQ(*catalog_->current_seq(), 3) << "only the product whose picture moved to another group changed";
  EXPECT_EQ(*(*catalog_->fingerprints())[2].group, first);
  EXPECT_FALSE((*catalog_->fingerprints())[3].group);
  const auto fed = feed();
  EXPECT_EQ(fed[0].group, fed[2].group);
  EXPECT_NE(fed[1].group, fed[3].group) << "not compared yet: alone";

  const auto found = *catalog_->near_duplicates();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].product_id, "a");
  EXPECT_EQ(found[1].product_id, "b");
  EXPECT_EQ(found[0].group, found[1].group);
  EXPECT_NE(found[0].content, found[1].content);

  ASSERT_TRUE(catalog_->delete_products({"a"}));
  EXPECT_THAT(*catalog_->near_duplicates(), IsEmpty());
  EXPECT_THAT(*catalog_->fingerprints(), SizeIs(2));
}

TEST_P(LookCatalog, TheSameFileOfTwoProductsIsAGroupWithoutAnyComparison) {
  ProductBatch batch = sample_batch({"a"});
  ProductRecord twin = sample_product("twin");
  twin.pictures = {sample_picture("a-front")};
  batch.products.push_back(twin);
  ASSERT_TRUE(catalog_->upsert(batch));
  const auto found = *catalog_->near_duplicates();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].content, found[1].content);
}

using CatalogMigration = StoreContract;
NOZAMA_ON_EVERY_STORE(CatalogMigration);

// A catalogue of the first release holds no looks; it opens, keeps its rows and takes looks.
TEST_P(CatalogMigration, ADatabaseOfTheFirstSchemaIsMigratedWithItsRows) {
  ASSERT_TRUE((*store_->open({.create = true}))->upsert(sample_batch({"a"})));
  make_older(*store_, 1);

  const auto catalog = store_->open({});
  ASSERT_TRUE(catalog) << catalog.error().message;
  EXPECT_EQ((*catalog)->stats()->embeddings, 2);
  EXPECT_THAT(*(*catalog)->fingerprints(), IsEmpty());
  EXPECT_THAT((*catalog)->product("a", "en")->card.colours, IsEmpty());
  ASSERT_TRUE((*catalog)->save_embeddings("encoder-a", {sample_embedding("a-front", 1.0F)}));
  EXPECT_THAT(*(*catalog)->fingerprints(), SizeIs(1));
  EXPECT_THAT(*(*catalog)->check(), IsEmpty());
}

// The step from any release to this one, and every step between.
TEST_P(CatalogMigration, ADatabaseOfEveryEarlierSchemaIsMigratedWithItsRows) {
  ASSERT_TRUE((*store_->open({.create = true}))->upsert(sample_batch({"a", "b"})));
  auto db = store_->connect(sql::Access::kRead);
  ASSERT_TRUE(db);
  ASSERT_TRUE((*db)->begin(sql::Access::kRead));
  const auto newest = sql::query_integer(**db, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'schema_version'");
  ASSERT_TRUE(newest && *newest);
  db->reset();
  for (int version = 1; version < **newest; ++version) {
    SCOPED_TRACE(version);
    make_older(*store_, version);
    const auto catalog = store_->open({});
    ASSERT_TRUE(catalog) << catalog.error().message;
    EXPECT_EQ((*catalog)->stats()->products, 2);
    EXPECT_EQ((*catalog)->stats()->embeddings, 4);
    EXPECT_TRUE((*catalog)->product("b", "en"));
    EXPECT_THAT(*(*catalog)->check(), IsEmpty());
    ASSERT_TRUE((*catalog)->upsert(sample_batch({"a"}))) << "and takes changes";
  }
}

}  // namespace
}  // namespace nozama
