#include "model/regions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nozama {
namespace {

// `bright` places of `shape` hold 1 in every channel, the others 0.
std::vector<float> map_with(const FeatureMapShape& shape, const std::vector<int>& bright) {
  const auto places = static_cast<size_t>(shape.height * shape.width);
  std::vector<float> map(static_cast<size_t>(shape.channels) * places, 0.0F);
  for (size_t channel = 0; channel < static_cast<size_t>(shape.channels); ++channel) {
    for (const int place : bright) map[channel * places + static_cast<size_t>(place)] = 1;
  }
  return map;
}

TEST(SaliencyGrid, IsHighWhereTheMapRespondsAndZeroElsewhere) {
  const FeatureMapShape shape = {.channels = 5, .height = 2, .width = 3};
  const auto grid = saliency_grid(map_with(shape, {4}), shape);
  EXPECT_EQ(grid, (std::vector<float>{0, 0, 0, 0, 1, 0}));
}

TEST(SaliencyGrid, OfAFlatOrBrokenMapIsZeroAndOfAWrongOneEmpty) {
  const FeatureMapShape shape = {.channels = 5, .height = 2, .width = 3};
  const std::vector<float> nothing(6, 0.0F);
  EXPECT_EQ(saliency_grid(std::vector<float>(30, 0.1F), shape), nothing);
  EXPECT_EQ(saliency_grid(std::vector<float>(30, 0.0F), shape), nothing);
  auto broken = map_with(shape, {1});
  broken[7] = NAN;
  EXPECT_EQ(saliency_grid(broken, shape), nothing);
  EXPECT_TRUE(saliency_grid(std::vector<float>(29), shape).empty());
  EXPECT_TRUE(saliency_grid({}, {}).empty());
}

TEST(SeenPart, IsTheMiddleSquareOfAnyPicture) {
  EncoderInfo info;
  info.input_size = 260;
  info.crop_share = 0.875;
  const double share = 260.0 / info.resize_side();
  const CropBox square = seen_part(info, 500, 500);
  EXPECT_NEAR(square.w, share, 1e-9);
  EXPECT_NEAR(square.x, (1 - share) / 2, 1e-9);
  const CropBox tall = seen_part(info, 300, 600);
  EXPECT_NEAR(tall.w, share, 1e-9);
  EXPECT_NEAR(tall.h, share / 2, 1e-9);
  EXPECT_NEAR(tall.y, (1 - share / 2) / 2, 1e-9);
}

}  // namespace
}  // namespace nozama
