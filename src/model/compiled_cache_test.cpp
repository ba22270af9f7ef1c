#include "model/compiled_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "model/bundle_for_test.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> some_network() {
  std::vector<std::byte> bytes(300);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

std::vector<fs::path> files_in(const fs::path& dir) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir)) files.push_back(entry.path());
  return files;
}

TEST(CompiledCache, WhatIsStoredIsLoaded) {
  const ScratchDir scratch;
  const CompiledCache cache(scratch.path() / "made" / "when-missing");
  const CompiledKey key{"encoder-f32-2x1", "inputs"};
  EXPECT_FALSE(cache.load(key));
  cache.store(key, some_network());
  EXPECT_EQ(cache.load(key), some_network());
  EXPECT_FALSE(cache.load({"encoder-f32-2x1", "other inputs"}));
}

TEST(CompiledCache, AnObsoleteNetworkOfTheSameFamilyIsRemoved) {
  const ScratchDir scratch;
  const CompiledCache cache(scratch.path());
  cache.store({"a-f32-2x1", "old"}, some_network());
  cache.store({"a-f32-2x2", "old"}, some_network());
  cache.store({"a-f32-2x1", "new"}, some_network());
  EXPECT_EQ(files_in(scratch.path()).size(), 2U);
  EXPECT_TRUE(cache.load({"a-f32-2x1", "new"}));
  EXPECT_TRUE(cache.load({"a-f32-2x2", "old"}));
}

TEST(CompiledCache, EachFlippedByteAndEachLengthIsNoticed) {
  const ScratchDir scratch;
  const CompiledCache cache(scratch.path());
  const CompiledKey key{"a", "b"};
  cache.store(key, some_network());
  const fs::path path = files_in(scratch.path()).at(0);
  const std::string good = read_text_file(path).value();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    overwrite(path, bad);
    EXPECT_FALSE(cache.load(key)) << i;
    overwrite(path, good.substr(0, i));
    EXPECT_FALSE(cache.load(key)) << i;
  }
}

TEST(CompiledCache, TheSecondStartGivesTheSameBits) {
  const ScratchDir scratch;
  EncoderOptions options;
  options.threads = 1;
  options.cache_dir = scratch.path() / "cache";
  const Image picture = make_image(300, 200);
  std::vector<float> embeddings[2];
  for (auto& embedding : embeddings) {
    const auto encoder = open_encoder(models_dir_for_test() / "efficientnet-lite0", options);
    ASSERT_TRUE(encoder) << encoder.error().message;
    embedding = (*encoder)->encode(picture).value().embedding;
    ASSERT_EQ(files_in(options.cache_dir).size(), 1U);
  }
  EXPECT_EQ(embeddings[0], embeddings[1]);
}

TEST(CompiledCache, ADamagedOrForeignFileOnlyCostsTime) {
  const ScratchDir scratch;
  EncoderOptions options;
  options.threads = 1;
  options.cache_dir = scratch.path();
  const auto open = [&options] { return open_encoder(models_dir_for_test() / "efficientnet-lite0", options); };
  ASSERT_TRUE(open());
  const fs::path path = files_in(scratch.path()).at(0);
  overwrite(path, "not a network");
  ASSERT_TRUE(open());
  EXPECT_GT(fs::file_size(path), 1'000'000U) << "the damaged file was not replaced";

  // Right checksum, wrong content: OpenVINO itself refuses it.
  const std::string name = path.filename().string();
  fs::remove(path);
  const CompiledCache cache(scratch.path());
  cache.store({"x", "y"}, some_network());
  fs::rename(files_in(scratch.path()).at(0), path);
  const auto encoder = open();
  ASSERT_TRUE(encoder) << encoder.error().message;
  EXPECT_TRUE((*encoder)->encode(make_image(10, 10)));
}

TEST(CompiledCache, AFolderThatCannotBeWrittenOnlyCostsTime) {
  const ScratchDir scratch;
  overwrite(scratch.path() / "file", "in the way");
  EncoderOptions options;
  options.threads = 1;
  options.cache_dir = scratch.path() / "file" / "cache";
  EXPECT_TRUE(open_encoder(models_dir_for_test() / "efficientnet-lite0", options));
}

}  // namespace
}  // namespace nozama
