#include "model/vector_codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/bundle_for_test.h"
#include "model/projection.h"

namespace nozama {
namespace {

constexpr const char* kEncoder = "efficientnet-lite0@1/f32";

VectorCodec small_codec(std::string_view encoder = kEncoder) { return {12, encoder}; }

std::vector<float> some_embedding(size_t size) {
  std::vector<float> embedding(size);
  for (size_t i = 0; i < size; ++i) embedding[i] = 0.3F * static_cast<float>(i * 37 % 11);
  return embedding;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

// Like a pooled layer after ReLU: mostly small, a few large.
std::vector<float> pooled_embedding(uint64_t seed) {
  std::vector<float> embedding = seeded_orthogonal(1280, 1, seed).matrix;
  for (float& value : embedding) value = value > 0 ? 400 * value * value : 0;
  return embedding;
}

TEST(VectorCodec, ADecodedVectorIsTheEmbeddingRoundedToHalfItsRootMeanSquare) {
  const VectorCodec codec(4, kEncoder);
  const auto decoded = codec.decode(codec.encode(std::vector<float>{2, -2, 1.4F, 0}));
  ASSERT_TRUE(decoded) << decoded.error().message;
  const float step = 0.5F * std::sqrt((4 + 4 + 1.4F * 1.4F) / 4);
  EXPECT_NEAR((*decoded)[0], 3 * step, 1e-5);
  EXPECT_NEAR((*decoded)[1], -3 * step, 1e-5);
  EXPECT_NEAR((*decoded)[2], 2 * step, 1e-5);
  EXPECT_EQ((*decoded)[3], 0);
}

TEST(VectorCodec, WithoutNegativeNumbersItIsTheRootsThatAreRounded) {
  const VectorCodec codec(4, kEncoder);
  const auto decoded = codec.decode(codec.encode(std::vector<float>{9, 4, 1, 0}));
  ASSERT_TRUE(decoded) << decoded.error().message;
  const float step = 0.7F * std::sqrt((9.0F + 4 + 1) / 4);
  EXPECT_NEAR((*decoded)[0], 4 * step * step, 1e-4);
  EXPECT_NEAR((*decoded)[1], 4 * step * step, 1e-4);
  EXPECT_NEAR((*decoded)[2], step * step, 1e-4);
  EXPECT_EQ((*decoded)[3], 0);
}

TEST(VectorCodec, TheTextIsSmallSafeInAUrlAndKeepsTheDirection) {
  const VectorCodec codec(1280, kEncoder);
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const std::vector<float> embedding = pooled_embedding(seed);
    const std::string text = codec.encode(embedding);
    EXPECT_LE(text.size(), 420U);
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
    const auto decoded = codec.decode(text);
    ASSERT_TRUE(decoded);
    EXPECT_GT(cosine(*decoded, embedding), 0.98);
  }
}

TEST(VectorCodec, TheRelationsOfABundleTakeATextOfSevenHundredCharactersAtMost) {
  const auto codec = VectorCodec::open(models_dir_for_test() / "efficientnet-lite0", kEncoder);
  ASSERT_TRUE(codec) << codec.error().message;
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const std::vector<float> embedding = seeded_orthogonal(static_cast<int>(codec->embedding_dim()), 1, seed).matrix;  // the densest there is
    const std::string text = codec->encode(embedding);
    EXPECT_LE(text.size(), 700U);
    EXPECT_GT(cosine(codec->decode(text).value(), embedding), 0.93);
  }
}

TEST(VectorCodec, SignedEmbeddingsAndSingleLargeNumbersKeepTheirDirectionToo) {
  const VectorCodec codec(1280, kEncoder);
  const std::vector<float> dense = seeded_orthogonal(1280, 1, 3).matrix;
  EXPECT_GT(cosine(codec.decode(codec.encode(dense)).value(), dense), 0.98);
  std::vector<float> single(1280);
  single[700] = -1e6F;
  EXPECT_GT(cosine(codec.decode(codec.encode(single)).value(), single), 0.999);
}

TEST(VectorCodec, EncodingADecodedVectorAgainChangesLittle) {
  const VectorCodec codec(1280, kEncoder);
  const auto once = codec.decode(codec.encode(pooled_embedding(7))).value();
  EXPECT_GT(cosine(codec.decode(codec.encode(once)).value(), once), 0.999);
}

TEST(VectorCodec, AnEmbeddingOfZerosAndOneThatIsNotFiniteAreEncoded) {
  const VectorCodec codec = small_codec();
  for (const float value : {0.0F, std::nanf(""), INFINITY, -INFINITY}) {
    EXPECT_EQ(codec.decode(codec.encode(std::vector<float>(12, value))).value(), std::vector<float>(12, 0.0F));
  }
  const auto largest = codec.decode(codec.encode(std::vector<float>(12, 3e38F)));
  ASSERT_TRUE(largest);
  EXPECT_TRUE(std::isfinite((*largest)[0]) && (*largest)[0] > 1e38F);
}

TEST(VectorCodec, AVectorOfAnotherEncoderIsStale) {
  const std::string text = small_codec("efficientnet-lite0@1/bf16").encode(some_embedding(12));
  const auto decoded = small_codec().decode(text);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::kConflict);
  EXPECT_EQ(decoded.error().reason, "stale_vector");
}

TEST(VectorCodec, AVectorOfAnotherEncoderAndSizeIsStaleToo) {
  const VectorCodec larger(1280, "other@1/f32");
  EXPECT_EQ(small_codec().decode(larger.encode(pooled_embedding(2))).error().reason, "stale_vector");
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

}  // namespace
}  // namespace nozama
