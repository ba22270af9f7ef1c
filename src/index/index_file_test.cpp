// The snapshot against a disk and a world that damage it.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/hash.h"
#include "index/index_for_test.h"

namespace nozama {
namespace {

constexpr size_t kHeaderBytes = 32, kChecksumAt = 24;  // docs/index_format.md

std::vector<std::byte> small_snapshot() {
  std::mt19937 random(1);
  const auto index = make_embedded_index(kDimension);
  auto products = random_products(random, 6);
  products[0].attributes.set("rating", 4.5);
  EXPECT_TRUE(index->upsert(products));
  const auto path = std::filesystem::path(testing::TempDir()) / "nozama_index_small.nzi";
  EXPECT_TRUE(index->save(path, {"catalogue", "space", 7}));
  return *read_file(path);
}

void mend_checksum(std::vector<std::byte>& file) {
  const uint64_t sum = checksum64(std::span<const std::byte>(file).subspan(kHeaderBytes));
  std::memcpy(file.data() + kChecksumAt, &sum, sizeof sum);
}

// features: C6
TEST(IndexFile, ADamagedBodyIsCaughtEvenWhereItsChecksumIsRightOrAnswersWithoutHarm) {
  const auto whole = small_snapshot();
  std::mt19937 random(2);
  const auto vector = random_unit(random);
  int refused = 0;
  for (size_t i = kHeaderBytes; i < whole.size(); ++i) {
    for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
      auto damaged = whole;
      damaged[i] ^= mask;
      mend_checksum(damaged);
      const auto loaded = load_embedded_index(std::span<const std::byte>(damaged));
      if (!loaded) {
        ASSERT_EQ(loaded.error().code, ErrorCode::kCorrupt);
        ++refused;
        continue;
      }
      const auto hits = loaded->index->search({.vector = vector, .k = 100});
      ASSERT_TRUE(hits);
      for (const Neighbour& hit : *hits) ASSERT_TRUE(std::isfinite(hit.score));
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(IndexFile, ATruncatedBodyIsCaughtEvenWhereItsChecksumIsRight) {
  const auto whole = small_snapshot();
  for (size_t length = kHeaderBytes; length < whole.size(); ++length) {
    std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const uint64_t body = length - kHeaderBytes;
    std::memcpy(cut.data() + 16, &body, sizeof body);
    mend_checksum(cut);
    const auto loaded = load_embedded_index(std::span<const std::byte>(cut));
    ASSERT_FALSE(loaded) << length;
    ASSERT_EQ(loaded.error().code, ErrorCode::kCorrupt);
  }
}

TEST(IndexFile, EveryFlippedBitIsAnErrorAndNeverAnotherAnswer) {
  const auto whole = small_snapshot();
  for (size_t bit = 0; bit < whole.size() * 8; bit += bit < kHeaderBytes * 8 ? 1 : 13) {
    auto damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const auto loaded = load_embedded_index(std::span<const std::byte>(damaged));
    ASSERT_FALSE(loaded) << bit;
    ASSERT_TRUE(loaded.error().code == ErrorCode::kCorrupt || loaded.error().reason == "newer_index") << loaded.error().message;
  }
}

TEST(IndexFile, ASnapshotThatCannotBeWrittenLeavesTheOldOne) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "nozama_index_unwritable";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  const auto path = dir / "index.nzi";
  std::mt19937 random(3);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(random_products(random, 5)));
  ASSERT_TRUE(index->save(path, {"c", "s", 1}));
  EXPECT_FALSE(index->save(dir / "missing" / "index.nzi", {"c", "s", 2}));
  EXPECT_EQ(load_embedded_index(path)->stamp.seq, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir), {}), 1);
  ASSERT_TRUE(index->save(path, {"c", "s", 3}));
  EXPECT_EQ(load_embedded_index(path)->stamp.seq, 3);
  EXPECT_EQ(load_embedded_index(dir / "missing.nzi").error().code, ErrorCode::kNotFound);
}

TEST(IndexFile, AForeignFileIsCorrupt) {
  const std::string text(5000, 'x');
  EXPECT_EQ(load_embedded_index(as_byte_span(text)).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(load_embedded_index(std::span<const std::byte>()).error().code, ErrorCode::kCorrupt);
}

TEST(IndexFile, AttributesAndGroupsComeBackAsTheyWere) {
  const auto loaded = load_embedded_index(std::span<const std::byte>(small_snapshot()));
  ASSERT_TRUE(loaded);
  std::mt19937 random(1);
  const auto products = random_products(random, 6);
  for (const Filter& filter :
       {one_of("colour", {"red"}), one_of("colour", {"green"}), one_of("brand", {"even"}), compare("price", FilterOperator::kLess, 5000)}) {
    NeighbourQuery query{.vector = products[0].pictures[0].vector, .k = 100, .filter = &filter};
    const auto hits = loaded->index->search(query);
    ASSERT_TRUE(hits);
    EXPECT_EQ(ids(*hits), brute_force(products, query));
    for (const Neighbour& hit : *hits) EXPECT_EQ(hit.duplicate_group.value, hit.product.value / 2);
  }
}

TEST(IndexFile, AnOlderVersionIsRefusedSoThatItIsRebuilt) {
  auto file = small_snapshot();
  file[8] = std::byte{1};
  const auto loaded = load_embedded_index(std::span<const std::byte>(file));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().reason, "older_index");
}

}  // namespace
}  // namespace nozama
