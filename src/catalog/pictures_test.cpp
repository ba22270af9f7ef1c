#include <fmt/format.h>
#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PictureCatalog : public CatalogContract {
 protected:
  struct Seen {
    int64_t product;
    float first;
    int64_t category;
  };
  std::vector<Seen> feed(const std::string& encoder, const std::vector<ProductId>* products = nullptr) {
    std::vector<Seen> seen;
    const auto callback = [&](const IndexRow& row) -> Status {
      seen.push_back({row.product.value, decode_half(row.embedding)[0], row.category.value});
      return {};
    };
    auto seq = products != nullptr ? catalog_->for_each_indexable(encoder, *products, callback) : catalog_->for_each_indexable(encoder, callback);
    EXPECT_TRUE(seq) << seq.error().message;
    EXPECT_EQ(*seq, *catalog_->current_seq());
    return seen;
  }
};
NOZAMA_ON_EVERY_STORE(PictureCatalog);

// features: G4
TEST_P(PictureCatalog, AnUnchangedFileIsKnownWithoutReadingIt) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));
  const PictureRecord front = sample_picture("a-front");
  const SourceKey same{front.source_ref, front.source_size, front.source_mtime_ms};
  const SourceKey touched{front.source_ref, front.source_size, front.source_mtime_ms + 1};
  auto known = catalog_->known_sources({same, touched, {"elsewhere", 1000, 5000}}, "encoder-a");
  ASSERT_TRUE(known);
  ASSERT_TRUE((*known)[0]);
  EXPECT_EQ((*known)[0]->content_hash, front.content_hash);
  EXPECT_EQ((*known)[0]->width, 640);
  EXPECT_TRUE((*known)[0]->embedded);
  EXPECT_FALSE((*known)[1]);
  EXPECT_FALSE((*known)[2]);
  EXPECT_FALSE((*catalog_->known_sources({same}, "encoder-b"))[0]->embedded);
}

// features: G4
TEST_P(PictureCatalog, ATouchedFileWithTheSameBytesIsRememberedWithoutAChange) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));
  ProductRecord record = sample_product("a", "Chair a");
  record.pictures[0].source_mtime_ms = 7777;
  record.pictures[0].source_ref = "/moved/a.webp";
  EXPECT_EQ(upsert(record).kind, UpsertKind::kUnchanged);
  EXPECT_EQ(*catalog_->current_seq(), 1);
  EXPECT_TRUE((*catalog_->known_sources({{"/moved/a.webp", 1000, 7777}}, "encoder-a"))[0]);
}

TEST_P(PictureCatalog, HashesTellWhichHaveAnEmbedding) {
  ProductBatch batch = sample_batch({"a"});
  batch.embeddings.pop_back();
  ASSERT_TRUE(catalog_->upsert(batch));
  auto known = catalog_->known_hashes({hash_of("a-side"), hash_of("a-front"), hash_of("other")}, "encoder-a");
  ASSERT_TRUE(known);
  EXPECT_FALSE((*known)[0]->embedded);
  EXPECT_TRUE((*known)[1]->embedded);
  EXPECT_FALSE((*known)[2]);
}

// features: C5
TEST_P(PictureCatalog, OneEmbeddingServesEveryProductWithThePicture) {
  ProductBatch batch = sample_batch({"a"});
  ProductRecord twin = sample_product("twin");
  twin.pictures = {sample_picture("a-front")};
  batch.products.push_back(twin);
  ASSERT_TRUE(catalog_->upsert(batch));
  EXPECT_EQ(catalog_->stats()->embeddings, 2);
  EXPECT_EQ(catalog_->stats()->pictures, 3);
  const auto seen = feed("encoder-a");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].first, 1.0F);
  EXPECT_EQ(seen[1].first, 2.0F);
  EXPECT_EQ(seen[2].first, 1.0F);
  EXPECT_EQ(*catalog_->delete_products({"a"}), 1);
  EXPECT_EQ(feed("encoder-a").size(), 1U) << "the twin keeps its picture and embedding";
}

TEST_P(PictureCatalog, APictureMovesBetweenProductsOfOneBatchWithItsEmbedding) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a", "b"})));
  ProductBatch batch;
  batch.products = {sample_product("a"), sample_product("b")};
  batch.products[0].pictures = {};
  batch.products[1].pictures = {sample_picture("a-front")};
  ASSERT_TRUE(catalog_->upsert(batch));
  const auto seen = feed("encoder-a");
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].first, 1.0F);
}

// features: C4
TEST_P(PictureCatalog, ALateEmbeddingIsAChangeOfItsProducts) {
  const ProductId id = upsert(sample_product("a")).id;
  EXPECT_THAT(feed("encoder-a"), IsEmpty());
  ASSERT_TRUE(catalog_->save_embeddings("encoder-a", {sample_embedding("a-front", 3.0F), sample_embedding("unknown", 1.0F)}));
  auto changes = catalog_->read_changes(1, 10);
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->front().id, id.value);
  ASSERT_TRUE(catalog_->save_embeddings("encoder-a", {sample_embedding("a-front", 3.0F)}));
  EXPECT_EQ(*catalog_->current_seq(), 2) << "saving it again changes nothing";

  ProductBatch batch;
  batch.encoder_id = "encoder-a";
  batch.products = {sample_product("a")};
  batch.embeddings = {sample_embedding("a-side", 4.0F)};
  EXPECT_EQ((*catalog_->upsert(batch))[0].kind, UpsertKind::kUpdated);
  EXPECT_EQ(feed("encoder-a").size(), 2U);
}

TEST_P(PictureCatalog, TheFeedOfSomeProductsLeavesOutTheGone) {
  auto outcomes = catalog_->upsert(sample_batch({"a", "b", "c"}));
  ASSERT_TRUE(outcomes);
  const std::vector<ProductId> wanted = {(*outcomes)[2].id, ProductId{777}, (*outcomes)[0].id};
  const auto seen = feed("encoder-a", &wanted);
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0].product, seen[1].product) << "a product's rows are adjacent";
  const std::vector<ProductId> none;
  EXPECT_THAT(feed("encoder-a", &none), IsEmpty());
  EXPECT_THAT(feed("encoder-unknown"), IsEmpty());
  std::vector<ProductId> many(2000, (*outcomes)[1].id);
  for (size_t i = 0; i < many.size(); ++i) many[i].value += static_cast<int64_t>(i);
  EXPECT_EQ(feed("encoder-a", &many).size(), 4U);
}

TEST_P(PictureCatalog, FeedRowsCarryTheFilterColumns) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));
  int rows = 0;
  ASSERT_TRUE(catalog_->for_each_indexable("encoder-a", [&](const IndexRow& row) -> Status {
    ++rows;
    EXPECT_EQ(row.price_minor, 12950);
    EXPECT_EQ(row.currency, "EUR");
    EXPECT_EQ(row.stock, 7);
    EXPECT_EQ(row.rating, 4.5);
    EXPECT_EQ(row.brand, "Studio Holz");
    // The callback may ask the catalogue itself.
    EXPECT_EQ(catalog_->category_path(row.category)->back(), "Chairs");
    return {};
  }));
  EXPECT_EQ(rows, 2);
}

TEST_P(PictureCatalog, AFeedStopsWithTheCallbacksError) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a", "b"})));
  int rows = 0;
  auto fed = catalog_->for_each_indexable("encoder-a", [&](const IndexRow&) -> Status {
    ++rows;
    return fail(ErrorCode::kCancelled, "stopped", "enough");
  });
  EXPECT_EQ(fed.error().reason, "stopped");
  EXPECT_EQ(rows, 1);
}

TEST_P(PictureCatalog, AttributesOfProductsComeBeforeThoseOfVariants) {
  ProductRecord record = sample_product("a");
  record.variants = {{.key = "red", .attributes = {{"colour", "red"}}}, {.key = "blue", .attributes = {{"colour", "blue"}, {"creator", "Bo"}}}};
  upsert(record);
  upsert(sample_product("b"));
  const auto ids = *catalog_->product_ids({"a", "b"});
  std::vector<std::string> seen;
  ASSERT_TRUE(catalog_->for_each_attribute([&](const AttributeRow& row) -> Status {
    seen.push_back(fmt::format("{} {} {}={}", row.product == *ids[0] ? "a" : "b", row.variant.value != 0 ? "variant" : "product", row.name, row.value));
    return {};
  }));
  EXPECT_THAT(seen, ElementsAre("a product creator=Åse", "a product licence=CC-BY", "b product creator=Åse", "b product licence=CC-BY", "a variant colour=red",
                                "a variant colour=blue", "a variant creator=Bo"));
}

TEST_P(PictureCatalog, PicturesThatWaitForAnEmbeddingAreListedOncePerContent) {
  ProductBatch batch = sample_batch({"a"});
  batch.embeddings.clear();
  ProductRecord twin = sample_product("twin");
  twin.pictures = {sample_picture("a-side")};
  batch.products.push_back(twin);
  ASSERT_TRUE(catalog_->upsert(batch));
  auto waiting = catalog_->pictures_without_embedding("encoder-a", {}, 10);
  ASSERT_TRUE(waiting);
  ASSERT_EQ(waiting->size(), 2U);
  EXPECT_EQ((*waiting)[0].source_ref, "/shop/a-front.webp");
  EXPECT_EQ(catalog_->pictures_without_embedding("encoder-a", (*waiting)[0].id, 10)->size(), 1U);
  ASSERT_TRUE(catalog_->save_embeddings("encoder-a", {sample_embedding("a-front", 1), sample_embedding("a-side", 1)}));
  EXPECT_THAT(*catalog_->pictures_without_embedding("encoder-a", {}, 10), IsEmpty());
  EXPECT_EQ(catalog_->pictures_without_embedding("encoder-b", {}, 1)->size(), 1U);
}

TEST_P(PictureCatalog, EmbeddingsOfOneEncoderHaveOneLength) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));
  upsert(sample_product("b"));
  EXPECT_EQ(catalog_->save_embeddings("encoder-a", {sample_embedding("b-front", 1, 4)}).error().reason, "bad_embedding");
  EXPECT_EQ(catalog_->save_embeddings("", {sample_embedding("b-front", 1)}).error().reason, "bad_embedding");
  EXPECT_EQ(catalog_->save_embeddings("encoder-a", {{.content_hash = hash_of("b-front"), .half_bytes = {}}}).error().reason, "bad_embedding");
  EXPECT_TRUE(catalog_->save_embeddings("encoder-b", {sample_embedding("b-front", 1, 4)})) << "another encoder may have another";
}

TEST_P(PictureCatalog, APictureIsFoundByItsHash) {
  ASSERT_TRUE(catalog_->upsert(sample_batch({"a"})));
  auto picture = catalog_->picture_by_hash(hash_of("a-side"));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->source_ref, "/shop/a-side.webp");
  EXPECT_EQ(catalog_->picture_by_hash("../../etc/passwd").error().reason, "unknown_picture");
}

}  // namespace
}  // namespace nozama
