#include "model/input_scale.h"

#include <gtest/gtest.h>

#include <limits>

namespace nozama {
namespace {

TEST(InputScale, ScalesToLengthOneOrTakesRootsFirst) {
  const std::vector<float> embedding = {9, 16, 0};
  EXPECT_EQ(scaled(embedding, InputScale::kNone), embedding);
  const auto length = scaled(embedding, InputScale::kLength), roots = scaled(embedding, InputScale::kRoots);
  EXPECT_FLOAT_EQ(length[0] * length[0] + length[1] * length[1], 1);
  EXPECT_FLOAT_EQ(length[0] / length[1], 9.0F / 16);
  EXPECT_FLOAT_EQ(roots[0], 0.6F);
  EXPECT_FLOAT_EQ(roots[1], 0.8F);
}

TEST(InputScale, RootsAreForEmbeddingsWithoutNegativeNumbers) {
  EXPECT_EQ(suited_scale(std::vector<float>{0, 1, 2}), InputScale::kRoots);
  EXPECT_EQ(suited_scale(std::vector<float>{0, -1, 2}), InputScale::kLength);
  EXPECT_FLOAT_EQ(scaled(std::vector<float>{-4}, InputScale::kRoots)[0], -1);
}

TEST(InputScale, WithoutADirectionEverythingIsZero) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto scale : {InputScale::kNone, InputScale::kLength, InputScale::kRoots}) {
    EXPECT_EQ(scaled(std::vector<float>{nan, 1}, scale), (std::vector<float>{0, 0}));
    EXPECT_EQ(scaled(std::vector<float>{0, 0}, scale), (std::vector<float>{0, 0}));
  }
}

}  // namespace
}  // namespace nozama
