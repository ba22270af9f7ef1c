// A database that fails at its n-th statement, for every n: a call succeeds whole or stores nothing.
#include <gmock/gmock.h>

#include <algorithm>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::IsEmpty;

struct Countdown {
  int left = -1;  // statements until the failure; -1 = never
  bool strike() { return left >= 0 && left-- == 0; }
};

std::unexpected<Error> struck() { return fail(ErrorCode::kUnavailable, "disk_full", "injected"); }

class FaultyConnection final : public sql::Connection {
 public:
  FaultyConnection(std::unique_ptr<sql::Connection> inner, Countdown& countdown) : inner_(std::move(inner)), countdown_(countdown) {}
  sql::Dialect dialect() const override { return inner_->dialect(); }
  Result<std::unique_ptr<sql::Cursor>> run(std::string_view statement, std::span<const sql::Value> values) override {
    if (countdown_.strike()) return struck();
    return inner_->run(statement, values);
  }
  Status run_schema(std::string_view statements) override { return countdown_.strike() ? Status(struck()) : inner_->run_schema(statements); }
  Status begin(sql::Access access) override { return countdown_.strike() ? Status(struck()) : inner_->begin(access); }
  Status commit() override { return countdown_.strike() ? Status(struck()) : inner_->commit(); }
  void roll_back() override { inner_->roll_back(); }
  Result<int64_t> clock_ms() override { return inner_->clock_ms(); }
  Result<std::vector<std::string>> table_names() override { return inner_->table_names(); }
  Result<int64_t> size_bytes() override { return inner_->size_bytes(); }
  Result<std::vector<std::string>> check_integrity() override { return inner_->check_integrity(); }

 private:
  std::unique_ptr<sql::Connection> inner_;
  Countdown& countdown_;
};

std::unique_ptr<sql::Pool> faulty_pool(Store& store, Countdown& countdown) {
  EXPECT_TRUE(store.connect(sql::Access::kWrite)) << "makes the file";
  return std::make_unique<sql::Pool>([&store, &countdown](sql::Access access) -> Result<std::unique_ptr<sql::Connection>> {
    auto inner = store.connect(access);
    if (!inner) return propagate(inner);
    return std::make_unique<FaultyConnection>(std::move(*inner), countdown);
  });
}

using FaultyDatabase = StoreContract;
NOZAMA_ON_EVERY_STORE(FaultyDatabase);

// features: I1
TEST_P(FaultyDatabase, AnUpsertIsStoredWholeOrNotAtAll) {
  Countdown countdown;
  auto opened = Catalog::attach(faulty_pool(*store_, countdown), {.create = true});
  ASSERT_TRUE(opened) << opened.error().message;
  Catalog& catalog = **opened;
  ASSERT_TRUE(catalog.upsert(sample_batch({"a", "b"})));
  ProductBatch batch = sample_batch({"a", "c"});
  batch.products[0].pictures = {sample_picture("fresh")};
  batch.products[0].variants = {{.key = "oak", .title = "", .price_minor = {}, .stock = {}, .attributes = {{.name = "n", .value = "v"}}}};
  int failures = 0;
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 1000);
    countdown.left = n;
    const auto outcome = catalog.upsert(batch);
    countdown.left = -1;
    if (outcome) break;
    ++failures;
    ASSERT_EQ(outcome.error().reason, "disk_full") << n;
    const auto stats = catalog.stats();
    ASSERT_EQ(stats->products, 2) << n;
    ASSERT_EQ(stats->embeddings, 4) << n;
    ASSERT_EQ(stats->change_seq, 2) << n;
    ASSERT_EQ(stats->variants, 0) << n;
  }
  EXPECT_GT(failures, 40);
  EXPECT_EQ(catalog.stats()->products, 3);
  EXPECT_THAT(*catalog.check(), IsEmpty());
}

// features: G4
TEST_P(FaultyDatabase, PicturesAreLookedUpByOneStatementHoweverMany) {
  Countdown countdown;
  auto opened = Catalog::attach(faulty_pool(*store_, countdown), {.create = true});
  ASSERT_TRUE(opened) << opened.error().message;
  Catalog& catalog = **opened;
  ASSERT_TRUE(catalog.upsert(sample_batch({"a", "b"})));
  std::vector<SourceKey> keys;
  std::vector<std::string> hashes;
  for (int i = 0; i < 1000; ++i) {
    const PictureRecord picture = sample_picture(i == 0 ? "a-front" : i == 999 ? "b-side" : "unknown-" + std::to_string(i));
    keys.push_back({picture.source_ref, picture.source_size, picture.source_mtime_ms});
    hashes.push_back(picture.content_hash);
  }
  constexpr int kBeginAndOneStatement = 2;
  countdown.left = kBeginAndOneStatement;
  const auto sources = catalog.known_sources(keys, "encoder-a");
  countdown.left = kBeginAndOneStatement;
  const auto known = catalog.known_hashes(hashes, "encoder-a");
  countdown.left = -1;
  for (const auto* found : {&sources, &known}) {
    ASSERT_TRUE(*found) << found->error().message;
    ASSERT_EQ((*found)->size(), 1000);
    EXPECT_EQ((**found)[0].value().content_hash, hash_of("a-front"));
    EXPECT_EQ((**found)[999].value().content_hash, hash_of("b-side"));
    EXPECT_EQ(std::ranges::count_if(**found, [](const auto& picture) { return picture.has_value(); }), 2);
  }
}

TEST_P(FaultyDatabase, CreationCanBeTriedAgain) {
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 100);
    Countdown countdown{.left = n};
    auto opened = Catalog::attach(faulty_pool(*store_, countdown), {.create = true});
    if (!opened) continue;
    countdown.left = -1;
    EXPECT_GT(n, 5);
    EXPECT_THAT(*(*opened)->check(), IsEmpty());
    break;
  }
}

TEST_P(FaultyDatabase, EveryReadReportsTheFailure) {
  Countdown countdown;
  auto opened = Catalog::attach(faulty_pool(*store_, countdown), {.create = true});
  ASSERT_TRUE(opened);
  Catalog& catalog = **opened;
  ASSERT_TRUE(catalog.upsert(sample_batch({"a"})));
  for (int n = 0; n < 200; ++n) {
    countdown.left = n;
    const bool details = catalog.product("a", "en").has_value();
    const int left = countdown.left;
    countdown.left = -1;
    EXPECT_EQ(details, left >= 0) << "a failed statement is a failed call, at " << n;
    if (details) return;
  }
  FAIL() << "reading a product takes fewer statements";
}

}  // namespace
}  // namespace nozama
