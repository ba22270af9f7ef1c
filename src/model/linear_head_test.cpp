#include "model/linear_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "model/blob.h"
#include "model/damage_for_test.h"

namespace nozama {
namespace {

LinearHead small_head() {
  return {.dim = 2, .scale = InputScale::kNone, .temperature = 2, .class_ids = {30, 10, 20}, .weights = {1, 0, 0, 1, 1, 1}, .bias = {0, 0.5F, -1}};
}

// features: B4
TEST(LinearHead, ProbabilitiesAreTheSoftmaxOfTheLogitsOverTheTemperature) {
  const LinearHead head = small_head();
  const std::vector<float> embedding = {2, 3};
  EXPECT_EQ(head.logits(embedding), (std::vector<float>{2, 3.5F, 4}));
  const auto probabilities = head.probabilities(embedding);
  const double sum = std::exp(1.0) + std::exp(1.75) + std::exp(2.0);
  EXPECT_NEAR(probabilities[0], std::exp(1.0) / sum, 1e-9);
  EXPECT_NEAR(probabilities[1], std::exp(1.75) / sum, 1e-9);
  EXPECT_NEAR(probabilities[2], std::exp(2.0) / sum, 1e-9);
}

TEST(LinearHead, AHigherTemperatureIsLessSure) {
  LinearHead head = small_head();
  const std::vector<float> embedding = {9, 1};
  const double sure = head.probabilities(embedding)[0];
  head.temperature = 20;
  EXPECT_LT(head.probabilities(embedding)[0], sure);
}

TEST(LinearHead, NormalisingTheInputMakesItsLengthIrrelevant) {
  LinearHead head = small_head();
  head.scale = InputScale::kLength;
  const auto a = head.logits(std::vector<float>{3, 4}), b = head.logits(std::vector<float>{0.03F, 0.04F});
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
  EXPECT_NEAR(a[0], 0.6, 1e-6);
}

TEST(LinearHead, ExtremeEmbeddingsStillGiveProbabilities) {
  for (const auto scale : {InputScale::kNone, InputScale::kLength, InputScale::kRoots}) {
    LinearHead head = small_head();
    head.scale = scale;
    for (const std::vector<float>& embedding : {std::vector<float>{3e38F, 3e38F}, {std::nanf(""), 1}, {0, 0}, {-1e30F, 1e30F}}) {
      const auto probabilities = head.probabilities(embedding);
      EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-9);
    }
  }
}

TEST(LinearHead, RoundTrip) { EXPECT_EQ(LinearHead::deserialise(small_head().serialise()), small_head()); }

TEST(LinearHead, DamageIsNoticed) { expect_damage_noticed(small_head().serialise(), LinearHead::deserialise, "head_damaged"); }

// A right checksum proves nothing about the content.
TEST(LinearHead, SizesThatDoNotFitAreRefusedBeforeMemoryIsTaken) {
  for (const auto& [dim, classes] : {std::pair<uint32_t, uint32_t>{0, 3}, {2, 0}, {1 << 16, 1 << 20}, {UINT32_MAX, UINT32_MAX}}) {
    BlobWriter writer("NZH1", 1);
    writer.put(dim);
    writer.put(classes);
    writer.put(uint32_t{0});
    writer.put(1.0F);
    const auto head = LinearHead::deserialise(std::move(writer).finish());
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().code, ErrorCode::kCorrupt);
  }
}

TEST(LinearHead, NumbersThatAreNotFiniteAreRefused) {
  LinearHead head = small_head();
  head.weights[3] = std::nanf("");
  EXPECT_FALSE(LinearHead::deserialise(head.serialise()));
  head = small_head();
  head.temperature = 0;
  EXPECT_FALSE(LinearHead::deserialise(head.serialise()));
}

}  // namespace
}  // namespace nozama
