#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ProductCatalog : public CatalogContract {};
NOZAMA_ON_EVERY_STORE(ProductCatalog);

// features: G4
TEST_P(ProductCatalog, AProductComesBackWholeAfterReopening) {
  ProductRecord record = sample_product("chair-1");
  record.variants = {{.key = "oak",
                      .title = "Oak",
                      .price_minor = std::nullopt,
                      .stock = 3,
                      .attributes = {{.name = "colour", .value = "brown"}, {.name = "material", .value = "oak"}}},
                     {.key = "black", .title = "Black", .price_minor = 14950, .stock = 0, .attributes = {}}};
  record.pictures[1].variant_key = "black";
  ASSERT_EQ(upsert(record).kind, UpsertKind::kCreated);
  reopen();

  auto product = catalog_->product("chair-1", "en");
  ASSERT_TRUE(product) << product.error().message;
  EXPECT_EQ(product->card.title, "Oak chair");
  EXPECT_EQ(product->card.brand, "Studio Holz");
  EXPECT_EQ(product->card.price_minor, 12950);
  EXPECT_EQ(product->card.currency, "EUR");
  EXPECT_EQ(product->card.rating, 4.5);
  EXPECT_EQ(product->card.rating_count, 12);
  EXPECT_EQ(product->card.category_slug, "chairs");
  EXPECT_EQ(product->card.url, "https://shop.example/chair-1");
  EXPECT_EQ(product->card.picture_hash, hash_of("chair-1-front"));
  EXPECT_TRUE(product->card.in_stock);
  EXPECT_EQ(product->stock, 7);
  EXPECT_EQ(product->description, "A chair of oak.");
  ASSERT_EQ(product->breadcrumbs.size(), 2U);
  EXPECT_EQ(product->breadcrumbs[0].slug, "living-room");
  EXPECT_EQ(product->breadcrumbs[1].name, "Chairs");
  EXPECT_EQ(product->attributes, record.attributes);
  ASSERT_EQ(product->variants.size(), 2U);
  EXPECT_EQ(product->variants[0].attributes, record.variants[0].attributes);
  EXPECT_EQ(product->variants[0].price_minor, 12950) << "a variant without a price has the product's";
  EXPECT_EQ(product->variants[1].price_minor, 14950);
  EXPECT_FALSE(product->variants[1].in_stock);
  ASSERT_EQ(product->pictures.size(), 2U);
  EXPECT_EQ(product->pictures[1].content_hash, hash_of("chair-1-side"));
  EXPECT_EQ(product->pictures[1].variant_key, "black");
  EXPECT_EQ(product->pictures[1].width, 640);
  EXPECT_EQ(product->pictures[1].source_ref, "/shop/chair-1-side.webp");
}

// features: G1 G4
TEST_P(ProductCatalog, ImportingTwiceChangesNothing) {
  const ProductBatch batch = sample_batch({"a", "b"});
  ASSERT_TRUE(catalog_->upsert(batch));
  const int64_t seq = *catalog_->current_seq();
  auto again = catalog_->upsert(batch);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[0].kind, UpsertKind::kUnchanged);
  EXPECT_EQ((*again)[1].kind, UpsertKind::kUnchanged);
  EXPECT_EQ(*catalog_->current_seq(), seq);
  EXPECT_EQ(catalog_->stats()->embeddings, 4);
  EXPECT_EQ(catalog_->stats()->products, 2);
}

TEST_P(ProductCatalog, AnUpdateKeepsIdsOfWhatStays) {
  ProductRecord record = sample_product("a");
  record.variants = {{.key = "x", .title = "", .price_minor = 1, .stock = 1, .attributes = {}},
                     {.key = "y", .title = "", .price_minor = 1, .stock = 1, .attributes = {}}};
  const UpsertOutcome first = upsert(record);
  const auto before = catalog_->product("a", "en");
  record.price_minor = 9900;
  record.pictures = {sample_picture("new"), record.pictures[1]};
  record.variants.erase(record.variants.begin());
  record.attributes.clear();
  const UpsertOutcome second = upsert(record);
  EXPECT_EQ(second.kind, UpsertKind::kUpdated);
  EXPECT_EQ(second.id, first.id);
  const auto after = catalog_->product("a", "en");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->card.price_minor, 9900);
  ASSERT_EQ(after->pictures.size(), 2U);
  EXPECT_EQ(after->pictures[1].id, before->pictures[1].id);
  EXPECT_EQ(after->pictures[0].content_hash, hash_of("new"));
  ASSERT_EQ(after->variants.size(), 1U);
  EXPECT_EQ(after->variants[0].id, before->variants[1].id);
  EXPECT_THAT(after->attributes, IsEmpty());
  EXPECT_EQ(catalog_->stats()->distinct_pictures, 2) << "bytes that no product uses are forgotten";
}

// features: F4
TEST_P(ProductCatalog, TextsFallBackFromLanguageToBaseToEnglishToAny) {
  ProductRecord record = sample_product("a");
  record.texts = {{.lang = "ja", .title = "椅子", .description = ""}, {.lang = "pt_BR", .title = "Cadeira", .description = "Uma cadeira"}};
  const ProductId id = upsert(record).id;
  const auto title = [&](const std::string& lang) { return catalog_->cards({id}, lang)->front().title; };
  EXPECT_EQ(title("ja"), "椅子");
  EXPECT_EQ(title("JA-jp"), "椅子");
  EXPECT_EQ(title("pt-br"), "Cadeira");
  EXPECT_EQ(title("fr"), "椅子") << "any, when neither the language nor English is there";
  EXPECT_EQ(catalog_->product("a", "ja")->description, "Uma cadeira");
  record.texts.push_back({.lang = "en", .title = "Chair", .description = ""});
  upsert(record);
  EXPECT_EQ(title("fr"), "Chair");
}

// features: D2
TEST_P(ProductCatalog, CardsComeInTheOrderAskedForWithoutTheUnknown) {
  auto outcomes = catalog_->upsert(sample_batch({"a", "b", "c"}));
  ASSERT_TRUE(outcomes);
  const ProductId a = (*outcomes)[0].id;
  const ProductId c = (*outcomes)[2].id;
  auto cards = catalog_->cards({c, ProductId{9999}, a, c}, "en");
  ASSERT_TRUE(cards);
  ASSERT_EQ(cards->size(), 3U);
  EXPECT_EQ((*cards)[0].external_id, "c");
  EXPECT_EQ((*cards)[1].external_id, "a");
  EXPECT_EQ((*cards)[2].external_id, "c");
  EXPECT_THAT(*catalog_->cards({}, "en"), IsEmpty());
  std::vector<ProductId> many(3000, a);
  EXPECT_EQ(catalog_->cards(many, "en")->size(), 3000U);
}

TEST_P(ProductCatalog, BadRecordsAreRejectedAndTheGoodOnesStored) {
  ProductBatch batch;
  batch.products.assign(9, sample_product("good"));
  batch.products[1].external_id = "";
  batch.products[2].external_id = "no-title";
  batch.products[2].texts.clear();
  batch.products[3].external_id = "latin1";
  batch.products[3].texts[0].title = "caf\xE9";
  batch.products[4].external_id = "price";
  batch.products[4].price_minor = -1;
  batch.products[5].external_id = "currency";
  batch.products[5].currency = "euro";
  batch.products[6].external_id = "rating";
  batch.products[6].rating = 5.5;
  batch.products[7].external_id = "nul";
  batch.products[7].brand = std::string("a\0b", 3);
  batch.products[8].external_id = "variant";
  batch.products[8].pictures[0].variant_key = "missing";
  auto outcomes = catalog_->upsert(batch);
  ASSERT_TRUE(outcomes) << outcomes.error().message;
  std::vector<std::string> reasons;
  for (const auto& outcome : *outcomes) reasons.push_back(outcome.error.reason);
  EXPECT_THAT(reasons, ElementsAre("", "missing_id", "missing_title", "bad_text", "bad_price", "bad_currency", "bad_rating", "bad_text", "bad_picture"));
  EXPECT_EQ((*outcomes)[0].kind, UpsertKind::kCreated);
  EXPECT_EQ(catalog_->stats()->products, 1);
}

TEST_P(ProductCatalog, TheLastOfTwoRecordsWithOneIdWinsAndLogsOneChange) {
  ProductBatch batch;
  batch.products = {sample_product("a", "First"), sample_product("a", "Second")};
  auto outcomes = catalog_->upsert(batch);
  ASSERT_TRUE(outcomes);
  EXPECT_EQ((*outcomes)[1].kind, UpsertKind::kUpdated);
  EXPECT_EQ(catalog_->product("a", "en")->card.title, "Second");
  EXPECT_EQ(*catalog_->current_seq(), 1);
}

TEST_P(ProductCatalog, TextIsDataAndNeverSql) {
  const std::string evil = "x'); DROP TABLE product; --";
  ProductRecord record = sample_product(evil, "Robert'); DELETE FROM product; --\" ? $1 :a");
  record.category_path = {"' OR 1=1 --", "%_\\"};
  record.attributes = {{.name = "\"; SELECT 1", .value = "''"}};
  record.brand = "?";
  ASSERT_EQ(upsert(record).kind, UpsertKind::kCreated);
  upsert(sample_product("other"));
  auto product = catalog_->product(evil, "en' OR '1'='1");
  ASSERT_TRUE(product) << product.error().message;
  EXPECT_EQ(product->card.title, record.texts[0].title);
  EXPECT_EQ(product->breadcrumbs[0].name, "' OR 1=1 --");
  EXPECT_EQ(product->attributes, record.attributes);
  EXPECT_EQ(catalog_->product("' OR '1'='1", "en").error().reason, "unknown_product");
  EXPECT_EQ(catalog_->category_by_slug("' OR 1=1 --").error().reason, "unknown_category");
  EXPECT_EQ(catalog_->list({.category = "x' OR '1'='1"}).error().reason, "unknown_category");
  EXPECT_EQ(*catalog_->delete_products({"' OR '1'='1", "%"}), 0);
  EXPECT_EQ(catalog_->stats()->products, 2);
}

TEST_P(ProductCatalog, UnicodeIdsAndTextsSurvive) {
  const std::string id = "товар-🪑-é";
  ProductRecord record = sample_product(id, "מנורה 🛋️ ﷽ \u200F");
  ASSERT_EQ(upsert(record).kind, UpsertKind::kCreated);
  EXPECT_EQ(catalog_->product(id, "en")->card.title, record.texts[0].title);
  EXPECT_EQ(catalog_->product("товар-🪑-e\u0301", "en").error().reason, "unknown_product") << "ids are compared byte by byte";
}

// features: C4
TEST_P(ProductCatalog, DeletingLeavesATombstoneAndNothingElse) {
  auto outcomes = catalog_->upsert(sample_batch({"a", "b"}));
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(*catalog_->delete_products({"a", "unknown", "a"}), 1);
  EXPECT_EQ(catalog_->product("a", "en").error().code, ErrorCode::kNotFound);
  const auto stats = catalog_->stats();
  EXPECT_EQ(stats->products, 1);
  EXPECT_EQ(stats->pictures, 2);
  EXPECT_EQ(stats->embeddings, 2);
  auto changes = catalog_->read_changes(2, 10);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 1U);
  EXPECT_EQ(changes->front().kind, ChangeKind::kProductDeleted);
  EXPECT_EQ(changes->front().id, (*outcomes)[0].id.value);
  const ProductId reborn = upsert(sample_product("a")).id;
  EXPECT_GT(reborn, (*outcomes)[1].id) << "an id is never used twice";
  EXPECT_THAT(*catalog_->check(), IsEmpty());
}

// features: F1
TEST_P(ProductCatalog, ListsPageThroughACategoryAndAllBelowIt) {
  for (int i = 0; i < 7; ++i) {
    ProductRecord record = sample_product("p" + std::to_string(i));
    record.price_minor = 100 * ((i * 3) % 7);
    record.rating = i % 5;
    record.category_path = i < 4 ? std::vector<std::string>{"Living room", "Chairs"} : std::vector<std::string>{"Living room", "Sofas"};
    if (i == 6) {
      record.category_path = {"Garden"};
      record.other_category_paths = {{"Living room", "Chairs"}, {"Living room"}};
      record.price_minor.reset();
    }
    upsert(record);
  }
  EXPECT_EQ(catalog_->list({})->total, 7);
  EXPECT_EQ(catalog_->list({.category = "chairs"})->total, 5);
  EXPECT_EQ(catalog_->list({.category = "living-room"})->total, 7) << "a product is counted once";
  std::vector<std::string> seen;
  for (int64_t offset = 0; offset < 7; offset += 3) {
    const auto page = catalog_->list({.category = "living-room", .sort = ProductSort::kPriceAscending, .limit = 3, .offset = offset});
    ASSERT_TRUE(page);
    for (const auto& card : page->products) seen.push_back(card.external_id);
  }
  EXPECT_THAT(seen, ElementsAre("p0", "p5", "p3", "p1", "p4", "p2", "p6"));
  EXPECT_EQ(catalog_->list({.sort = ProductSort::kRating, .limit = 1})->products[0].external_id, "p4");
  for (const auto sort : {ProductSort::kDefault, ProductSort::kPriceAscending, ProductSort::kPriceDescending, ProductSort::kRating}) {
    for (const char* category : {"", "living-room"}) {
      const auto whole = catalog_->list({.category = category, .sort = sort});
      std::vector<ProductId> expected, followed;
      for (const auto& card : whole->products) expected.push_back(card.id);
      EXPECT_EQ(whole->next, "");
      ProductListQuery page{.category = category, .sort = sort, .limit = 2};
      do {
        const auto answer = catalog_->list(page);
        ASSERT_TRUE(answer) << answer.error().message;
        for (const auto& card : answer->products) followed.push_back(card.id);
        page.after = answer->next;
      } while (!page.after.empty() && followed.size() <= expected.size());
      EXPECT_EQ(followed, expected) << static_cast<int>(sort) << category;
    }
  }
  for (const char* bad : {"x", "1_2", "_", "1_", "99999999999999999999"}) EXPECT_EQ(catalog_->list({.after = bad}).error().reason, "bad_page") << bad;
  EXPECT_EQ(catalog_->list({.after = "7", .sort = ProductSort::kPriceAscending}).error().reason, "bad_page") << "of a list in another order";
  EXPECT_EQ(catalog_->list({.limit = 0}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(catalog_->list({.limit = 10'000}).error().reason, "bad_page");
  EXPECT_THAT(catalog_->list({.offset = 100})->products, IsEmpty());
}

TEST_P(ProductCatalog, NamesThatNoTextCanBeAreUnknown) {
  for (const std::string& name : {std::string("\xFF"), std::string("a\0b", 3), std::string("'; DROP TABLE product; --")}) {
    EXPECT_EQ(catalog_->product(name, "en").error().reason, "unknown_product");
    EXPECT_EQ(catalog_->list({.category = name}).error().reason, "unknown_category");
    EXPECT_EQ(catalog_->search_text({.category = name, .text = "oak"}).error().reason, "unknown_category");
    ProductBatch batch;
    batch.products = {sample_product(name), sample_product("good")};
    const auto outcomes = catalog_->upsert(batch);
    ASSERT_TRUE(outcomes) << outcomes.error().message;
    EXPECT_TRUE(catalog_->product("good", "en"));
  }
}

TEST_P(ProductCatalog, ExternalIdsAndInternalIdsTranslate) {
  auto outcomes = catalog_->upsert(sample_batch({"a", "b"}));
  ASSERT_TRUE(outcomes);
  auto ids = catalog_->product_ids({"b", "?", "a"});
  ASSERT_TRUE(ids);
  EXPECT_THAT(*ids, ElementsAre((*outcomes)[1].id, std::nullopt, (*outcomes)[0].id));
}

}  // namespace
}  // namespace nozama
