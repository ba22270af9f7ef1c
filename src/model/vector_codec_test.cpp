#include "model/vector_codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/bundle_for_test.h"
#include "model/projection.h"

namespace nozama {
namespace {

constexpr const char* kEncoder = "efficientnet-lite0@1/f32";

VectorCodec small_codec(std::string_view encoder = kEncoder) {
  const Projection basis = seeded_orthogonal(12, 12, 9);
  return {std::vector<float>(12, 0.25F), basis.matrix, encoder};
}

std::vector<float> some_embedding(size_t size) {
  std::vector<float> embedding(size);
  for (size_t i = 0; i < size; ++i) embedding[i] = 0.3F * static_cast<float>(i * 37 % 11);
  return embedding;
}

TEST(VectorCodec, ADecodedVectorIsCloseToTheEmbedding) {
  const VectorCodec codec = small_codec();
  const std::vector<float> embedding = some_embedding(12);
  const auto decoded = codec.decode(codec.encode(embedding));
  ASSERT_TRUE(decoded) << decoded.error().message;
  for (size_t i = 0; i < embedding.size(); ++i) EXPECT_NEAR((*decoded)[i], embedding[i], 0.06);
}

TEST(VectorCodec, TheTextIsSmallAndSafeInAUrl) {
  const auto codec = VectorCodec::open(models_dir_for_test() / "efficientnet-lite0", kEncoder);
  ASSERT_TRUE(codec) << codec.error().message;
  const std::string text = codec->encode(some_embedding(1280));
  EXPECT_LE(text.size(), 360U);
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
  EXPECT_EQ(codec->codec_dim(), 256U);
  EXPECT_EQ(codec->decode(text)->size(), 1280U);
}

TEST(VectorCodec, TheBundlesDirectionsAreOrthonormal) {
  const auto codec = VectorCodec::open(models_dir_for_test() / "efficientnet-lite2", kEncoder);
  ASSERT_TRUE(codec) << codec.error().message;
  const std::vector<float> embedding = some_embedding(1280);
  const auto once = codec->decode(codec->encode(embedding));
  const auto twice = codec->decode(codec->encode(*once));
  ASSERT_TRUE(once && twice);
  double change = 0, length = 0;
  for (size_t i = 0; i < 1280; ++i) {
    change += std::pow((*twice)[i] - (*once)[i], 2);
    length += std::pow((*once)[i], 2);
  }
  EXPECT_LT(change, 1e-3 * length);
}

TEST(VectorCodec, AnEmbeddingOfZerosAndOneThatIsNotFiniteAreEncoded) {
  const VectorCodec codec = small_codec();
  for (const float value : {0.0F, 0.25F, std::nanf(""), INFINITY, 3e38F}) {
    const auto decoded = codec.decode(codec.encode(std::vector<float>(12, value)));
    if (decoded) {
      for (const float number : *decoded) EXPECT_TRUE(std::isfinite(number));
    } else {
      EXPECT_EQ(decoded.error().reason, "bad_vector");
    }
  }
}

TEST(VectorCodec, AVectorOfAnotherEncoderIsStale) {
  const std::string text = small_codec("efficientnet-lite0@1/bf16").encode(some_embedding(12));
  const auto decoded = small_codec().decode(text);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::kConflict);
  EXPECT_EQ(decoded.error().reason, "stale_vector");
}

TEST(VectorCodec, AVectorOfAnotherEncoderAndSizeIsStaleToo) {
  const VectorCodec larger({1, 2, 3}, {1, 0, 0}, "other@1/f32");
  EXPECT_EQ(small_codec().decode(larger.encode(std::vector<float>{1, 1, 1})).error().reason, "stale_vector");
}

TEST(VectorCodec, EveryChangedCharacterIsRefused) {
  const VectorCodec codec = small_codec();
  const std::string good = codec.encode(some_embedding(12));
  const auto expect_bad = [&codec](const std::string& text) {
    const auto decoded = codec.decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(decoded.error().reason, "bad_vector");
  };
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', 'b', '_', '=', ' ', '\0', '\xff', '+'}) {
      std::string bad = good;
      bad[i] = c;
      if (bad != good) expect_bad(bad);
    }
    expect_bad(good.substr(0, i));
  }
  expect_bad(good + "A");
  expect_bad(good + "AAAA");
  expect_bad(std::string(1'000'000, 'A'));
}

TEST(VectorCodec, ACodecThatDoesNotFitItsManifestIsCorrupt) {
  const ScratchDir scratch;
  const auto bundle = copy_bundle("efficientnet-lite0", scratch);
  overwrite(bundle / "codec.bin", "NZC1");
  const auto codec = VectorCodec::open(bundle, kEncoder);
  ASSERT_FALSE(codec);
  EXPECT_EQ(codec.error().reason, "bundle_damaged");
}

}  // namespace
}  // namespace nozama
