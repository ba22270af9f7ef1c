#include "engine/near_duplicates.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <random>
#include <set>

#include "catalog/store_for_test.h"
#include "engine/near_hashes.h"
#include "image/perceptual_hash.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

uint64_t flipped(uint64_t hash, int bits, std::mt19937& random) {
  std::set<unsigned> places;
  while (std::ssize(places) < bits) places.insert(random() % 64);
  for (const unsigned place : places) hash ^= uint64_t{1} << place;
  return hash;
}

TEST(NearHashes, FindsWhatComparingAllOfThemFinds) {
  std::mt19937 random(1);
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 300; ++i) hashes.push_back(uint64_t{random()} << 32 | random());
  for (int i = 0; i < 600; ++i) hashes.push_back(flipped(hashes[static_cast<size_t>(i) % 300], static_cast<int>(random() % 14), random));
  for (const int bits : {0, 3, 4, 10, NearHashes::kBitsMax}) {
    const NearHashes near(hashes, bits);
    for (size_t i = 0; i < hashes.size(); i += 7) {
      std::set<uint32_t> expected;
      for (uint32_t j = 0; j < hashes.size(); ++j) {
        if (std::popcount(hashes[i] ^ hashes[j]) <= bits) expected.insert(j);
      }
      const auto found = near.near(hashes[i], 1000);
      EXPECT_EQ(std::set<uint32_t>(found.begin(), found.end()), expected) << bits << " bits";
      EXPECT_EQ(found.size(), expected.size()) << "each once";
      EXPECT_TRUE(std::ranges::is_sorted(found, {}, [&](uint32_t j) { return std::popcount(hashes[i] ^ hashes[j]); }));
    }
  }
}

TEST(NearHashes, PicturesWithoutStructureDoNotMakeItQuadratic) {
  const NearHashes near(std::vector<uint64_t>(50'000, 0), 10);
  EXPECT_THAT(near.near(0, 256), SizeIs(256));
  EXPECT_THAT(NearHashes({}, 10).near(0, 256), IsEmpty());
}

class NearDuplicates : public testing::Test {
 protected:
  void SetUp() override { catalog_ = std::move(*store_.open({.create = true})); }

  // A layout of one tone a cell; `colour` shifts Cb where the tone is dark.
  static std::vector<std::byte> layout(int colour) {
    std::vector<std::byte> bytes;
    for (int i = 0; i < kColourLayoutSide * kColourLayoutSide; ++i) {
      const bool subject = i % 8 > 1 && i % 8 < 6 && i / 8 > 1 && i / 8 < 6;
      bytes.push_back(static_cast<std::byte>(subject ? 60 + i : 240));
      bytes.push_back(static_cast<std::byte>(subject ? 128 + colour : 128));
      bytes.push_back(std::byte{128});
    }
    return bytes;
  }

  // One product with one picture of its own.
  void add(const std::string& id, uint64_t hash, int colour = 0, float direction = 0) {
    ProductBatch batch;
    batch.encoder_id = "encoder-a";
    ProductRecord record = sample_product(id);
    record.pictures = {sample_picture(id)};
    batch.products = {record};
    batch.embeddings = {embedding(id, hash, colour, direction)};
    ASSERT_TRUE(catalog_->upsert(batch));
  }
  static EmbeddingRecord embedding(const std::string& content, uint64_t hash, int colour = 0, float direction = 0) {
    EmbeddingRecord record{
        .content_hash = hash_of(content), .half_bytes = encode_half(std::vector<float>{std::cos(direction), std::sin(direction)}), .look = {}};
    record.look = PictureLook{.perceptual_hash = hash, .colour_layout = layout(colour), .colours = {}};
    return record;
  }
  DuplicateReport update() {
    DuplicateReport report;
    const auto updated = update_duplicate_groups(*catalog_, "encoder-a", report, {});
    EXPECT_TRUE(updated) << updated.error().message;
    return report;
  }
  DuplicateReport stored() {
    auto report = report_duplicates(*catalog_);
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(DuplicateReport{});
  }

  SqliteStore store_;
  std::unique_ptr<Catalog> catalog_;
};

constexpr uint64_t kHash = 0x0123456789ABCDEF;

// features: C8
TEST_F(NearDuplicates, TwoProductsWithOnePictureAreAGroupAndOthersAreNot) {
  std::mt19937 random(2);
  add("original", kHash);
  add("copy", flipped(kHash, 4, random));
  add("other-hash", flipped(kHash, 20, random));
  add("other-colour", kHash, 60);
  add("other-thing", kHash, 0, 1.2F);
  EXPECT_EQ(update().compared, 5);
  const auto report = stored();
  EXPECT_EQ(report.groups, 1);
  EXPECT_EQ(report.products, 2);
  EXPECT_EQ(report.repeated, 0);
  ASSERT_THAT(report.examples, SizeIs(1));
  EXPECT_THAT(report.examples[0].product_ids, ElementsAre("copy", "original"));
}

// features: C8
TEST_F(NearDuplicates, WhatIsImportedLaterJoinsTheGroupsThatAreThere) {
  std::mt19937 random(3);
  add("a", kHash);
  add("z", flipped(kHash, 24, random));
  EXPECT_EQ(update().compared, 2);
  const auto quiet = catalog_->current_seq();
  EXPECT_EQ(update().compared, 0) << "nothing is compared twice";
  EXPECT_EQ(*catalog_->current_seq(), *quiet) << "and nothing is written";
  add("b", flipped(kHash, 2, random));
  EXPECT_EQ(update().compared, 1);
  EXPECT_EQ(stored().groups, 1);
  add("c", flipped(kHash, 2, random));
  update();
  EXPECT_EQ(stored().products, 3);
  ASSERT_TRUE(catalog_->delete_products({"a", "b"}));
  EXPECT_EQ(stored().groups, 0) << "one is left";
}

TEST_F(NearDuplicates, ANewPictureJoinsTwoGroupsIntoOne) {
  const uint64_t left = kHash ^ 0xFF, right = kHash ^ 0xFF00;  // 16 bits apart, each 8 from the middle
  add("left", left);
  add("right", right);
  update();
  EXPECT_EQ(stored().groups, 0);
  add("middle", kHash);
  update();
  EXPECT_EQ(stored().products, 3);
}

TEST_F(NearDuplicates, VariantsOfOneProductAreNeverOneAndItsRepeatedPicturesAreCountedApart) {
  ProductBatch batch;
  batch.encoder_id = "encoder-a";
  ProductRecord record = sample_product("a");
  record.variants = {{.key = "navy"}, {.key = "black"}};
  record.pictures = {sample_picture("navy"), sample_picture("black"), sample_picture("black-again")};
  record.pictures[0].variant_key = "navy";
  record.pictures[1].variant_key = record.pictures[2].variant_key = "black";
  batch.products = {record};
  batch.embeddings = {embedding("navy", kHash), embedding("black", kHash), embedding("black-again", kHash)};
  ASSERT_TRUE(catalog_->upsert(batch));
  update();
  const auto report = stored();
  EXPECT_EQ(report.groups, 0);
  EXPECT_EQ(report.repeated, 1);
}

TEST_F(NearDuplicates, AStopStoresNothingAndTheNextCallDoesItAll) {
  add("a", kHash);
  add("b", kHash);
  std::stop_source stop;
  stop.request_stop();
  DuplicateReport report;
  ASSERT_TRUE(update_duplicate_groups(*catalog_, "encoder-a", report, stop.get_token()));
  EXPECT_EQ(report.compared, 0);
  EXPECT_EQ(update().compared, 2);
}

TEST_F(NearDuplicates, APictureThatTheEncoderHasNotSeenIsNobodysDuplicate) {
  add("a", kHash);
  add("b", kHash);
  DuplicateReport report;
  ASSERT_TRUE(update_duplicate_groups(*catalog_, "another-encoder", report, {}));
  EXPECT_EQ(stored().groups, 0);
}

// features: C8
TEST(CollapseDuplicates, TheBestOfAGroupStandsForTheOthersInTheirOrder) {
  const auto hit = [](int64_t product, int64_t group) {
    Neighbour neighbour;
    neighbour.product = {product};
    neighbour.duplicate_group = {group};
    return neighbour;
  };
  std::vector<Neighbour> hits{hit(1, 10), hit(2, 20), hit(3, 10), hit(4, 0), hit(5, 0), hit(6, 10), hit(7, 20)};
  const Collapsed collapsed = collapse_duplicates(hits);
  std::vector<int64_t> left;
  for (const Neighbour& each : hits) left.push_back(each.product.value);
  EXPECT_THAT(left, ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(collapsed.at({1}), ElementsAre(ProductId{3}, ProductId{6}));
  EXPECT_THAT(collapsed.at({2}), ElementsAre(ProductId{7}));
  EXPECT_THAT(collapsed, SizeIs(2));
}

}  // namespace
}  // namespace nozama
