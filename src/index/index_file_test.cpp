// The snapshot against a disk and a world that damage it.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/hash.h"
#include "base/scratch_dir_for_test.h"
#include "index/index_for_test.h"
#include "index/snapshot_for_test.h"

namespace nozama {
namespace {

std::vector<std::byte> small_snapshot() {
  std::mt19937 random(1);
  const auto index = make_embedded_index(kDimension);
  auto products = random_products(random, 6);
  products[0].attributes.set("rating", 4.5);
  EXPECT_TRUE(index->upsert(products));
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  EXPECT_TRUE(index->save(path, {"catalogue", "space", 7}));
  return *read_file(path);
}

// kCorrupt, or the same answers: never a crash, never others.
void expect_corrupt_or_same(std::span<const std::byte> damaged, const VectorIndex& index, const std::vector<std::vector<float>>& vectors) {
  const auto loaded = load_embedded_index(damaged);
  if (!loaded) {
    ASSERT_TRUE(loaded.error().code == ErrorCode::kCorrupt || loaded.error().code == ErrorCode::kUnsupported) << loaded.error().message;
    return;
  }
  for (const auto& vector : vectors) {
    const auto hits = loaded->index->search({.vector = vector});
    if (!hits) {
      ASSERT_EQ(hits.error().reason, "damaged_index");
      ASSERT_EQ(loaded->index->health().error().reason, "damaged_index");
    } else {
      ASSERT_EQ(ids(*hits), ids(*index.search({.vector = vector})));
    }
  }
}

// features: C6
TEST(IndexFile, ADamagedBodyIsCaughtEvenWhereItsChecksumsAreRightOrAnswersWithoutHarm) {
  const auto whole = small_snapshot();
  std::mt19937 random(2);
  const auto vector = random_unit(random);
  int refused = 0;
  for (size_t i = 16; i < whole.size(); ++i) {
    for (const std::byte mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xFF}}) {
      auto damaged = whole;
      damaged[i] ^= mask;
      mend_snapshot_checksums(damaged);
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

TEST(IndexFile, ATruncatedFileIsCaughtEvenWhereItsChecksumsAreRight) {
  const auto whole = small_snapshot();
  for (size_t length = kSnapshotDataBegin; length < whole.size(); ++length) {
    std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    SnapshotHeader header = snapshot_header(cut);
    header.directory_offset = std::min<uint64_t>(header.directory_offset, length);
    header.directory_bytes = length - header.directory_offset;
    set_snapshot_header(cut, header);
    mend_snapshot_checksums(cut);
    const auto loaded = load_embedded_index(std::span<const std::byte>(cut));
    ASSERT_FALSE(loaded) << length;
    ASSERT_EQ(loaded.error().code, ErrorCode::kCorrupt);
  }
}

TEST(IndexFile, AFileOfManyBlocksCutOrChangedAnywhereIsCorruptOrAnswersTheSame) {
  std::mt19937 random(4);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(random_products(random, 1500)));
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  ASSERT_TRUE(index->save(path, {"catalogue", "space", 7}));
  const auto whole = *read_file(path);
  const std::vector<std::vector<float>> vectors = {random_unit(random), random_unit(random)};
  for (size_t length = 0; length < whole.size(); length += 4099) {
    expect_corrupt_or_same(std::span(whole).first(length), *index, vectors);
    ASSERT_FALSE(load_embedded_index(std::span(whole).first(length))) << length;
  }
  for (int i = 0; i < 150; ++i) {
    auto damaged = whole;
    damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8);
    expect_corrupt_or_same(damaged, *index, vectors);
  }
}

TEST(IndexFile, EveryFlippedBitIsAnErrorAndNeverAnotherAnswer) {
  const auto whole = small_snapshot();
  const auto index = std::move(load_embedded_index(std::span<const std::byte>(whole))->index);
  std::mt19937 random(5);
  const std::vector<std::vector<float>> vectors = {random_unit(random)};
  for (size_t bit = 0; bit < whole.size() * 8; bit += bit < kSnapshotDataBegin * 8 ? 1 : 13) {
    auto damaged = whole;
    damaged[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    expect_corrupt_or_same(damaged, *index, vectors);
  }
}

TEST(IndexFile, DamageThatOnlyASearchMeetsFailsEverySearchFromThenOnAndIsNotSaved) {
  std::mt19937 random(6);
  const auto index = make_embedded_index(kDimension);
  auto products = random_products(random, 2000);
  for (IndexedProduct& product : products) product.partition.value = 1;
  ASSERT_TRUE(index->upsert(products));
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  ASSERT_TRUE(index->save(path, {"catalogue", "space", 7}));
  auto bytes = *read_file(path);
  const auto directory = *decode_directory(std::span(bytes).subspan(snapshot_header(bytes).directory_offset));
  for (const Section& section : {directory.vectors, directory.partitions[0].heads}) {
    auto damaged = bytes;
    damaged[section.offset + section.bytes / 2] ^= std::byte{1};
    ASSERT_TRUE(write_file_atomic(path, damaged));
    const auto loaded = load_embedded_index(path);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_TRUE(loaded->index->health());
    const auto vector = random_unit(random);
    EXPECT_EQ(loaded->index->search({.vector = vector, .k = 1500}).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(loaded->index->search({.vector = vector, .k = 1}).error().reason, "damaged_index");
    EXPECT_EQ(loaded->index->health().error().reason, "damaged_index");
    EXPECT_EQ(loaded->index->save(path, {"catalogue", "space", 8}).error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(load_embedded_index(path)->stamp.seq, 7);
  }
}

TEST(IndexFile, AFullDiskLeavesTheOldSnapshotAndNothingElse) {
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  std::mt19937 random(7);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(random_products(random, 500)));
  ASSERT_TRUE(index->save(path, {"c", "s", 1}));
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{10'000}, static_cast<rlim_t>(std::filesystem::file_size(path)) - 1}) {
    const rlimit small{bytes, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_EQ(index->save(path, {"c", "s", 2}).error().code, ErrorCode::kUnavailable) << bytes;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(load_embedded_index(path)->stamp.seq, 1);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
  }
  std::signal(SIGXFSZ, handler);
}

// features: C4 C6
TEST(IndexFile, ALoadedIndexTakesChangesAndSavesAndLoadsAgain) {
  std::mt19937 random(8);
  auto products = random_products(random, 900);
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  std::unique_ptr<VectorIndex> index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(products));
  for (int round = 0; round < 6; ++round) {
    ASSERT_TRUE(index->save(path, {"c", "s", round}));
    index = std::move(load_embedded_index(path)->index);
    for (IndexedProduct& product : products) {
      if (random() % 3 != 0) continue;
      if (random() % 2 == 0) product.pictures.resize(random() % 2);
      for (IndexedPicture& picture : product.pictures) picture.vector = random_unit(random);
      product.partition.value = static_cast<int64_t>(random() % 5);
      ASSERT_TRUE(index->upsert(std::span(&product, 1)));
    }
    const auto vector = random_unit(random);
    NeighbourQuery query{.vector = vector, .k = 200};
    query.exact = true;
    ASSERT_EQ(ids(*index->search(query)), brute_force(products, query));
  }
}

TEST(IndexFile, ASnapshotThatCannotBeWrittenLeavesTheOldOne) {
  const ScratchDir scratch;
  const auto path = scratch.path() / "index.nzi";
  std::mt19937 random(3);
  const auto index = make_embedded_index(kDimension);
  ASSERT_TRUE(index->upsert(random_products(random, 5)));
  ASSERT_TRUE(index->save(path, {"c", "s", 1}));
  EXPECT_FALSE(index->save(scratch.path() / "missing" / "index.nzi", {"c", "s", 2}));
  EXPECT_EQ(load_embedded_index(path)->stamp.seq, 1);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(scratch.path()), {}), 1);
  ASSERT_TRUE(index->save(path, {"c", "s", 3}));
  EXPECT_EQ(load_embedded_index(path)->stamp.seq, 3);
  EXPECT_EQ(load_embedded_index(scratch.path() / "missing.nzi").error().code, ErrorCode::kNotFound);
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

// Else the fuzzer would stop at the header.
TEST(IndexFile, TheSeedsOfTheFuzzerAreSnapshotsOfThisVersion) {
  size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(NOZAMA_SOURCE_DIR "/fuzz/corpus/index_file")) {
    const auto loaded = load_embedded_index(entry.path());
    EXPECT_TRUE(loaded) << entry.path() << ": " << loaded.error().message;
    ++seeds;
  }
  EXPECT_GE(seeds, 2U);
}

TEST(IndexFile, AnOlderVersionIsRefusedSoThatItIsRebuilt) {
  auto file = small_snapshot();
  file[8] = std::byte{2};
  const auto loaded = load_embedded_index(std::span<const std::byte>(file));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().reason, "older_index");
}

}  // namespace
}  // namespace nozama
