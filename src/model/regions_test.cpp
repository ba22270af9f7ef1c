#include "model/regions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "model/pooling.h"

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

// Channel 0 sees one kind of thing, channel 1 another; a map of zeros sees nothing.
class Scene {
 public:
  void put(int kind, int x, int y, int w, int h, float strength = 1) {
    for (int row = y; row < y + h; ++row) {
      for (int column = x; column < x + w; ++column) map_[static_cast<size_t>((kind * 9 + row) * 9 + column)] = strength;
    }
  }
  std::vector<SalientRegion> regions() const { return salient_regions(map_, {.channels = 4, .height = 9, .width = 9}); }

 private:
  std::vector<float> map_ = std::vector<float>(size_t{4} * 81, 0.0F);
};

void expect_box(const CropBox& box, double x, double y, double w, double h) {
  EXPECT_NEAR(box.x, x / 9, 1e-9);
  EXPECT_NEAR(box.y, y / 9, 1e-9);
  EXPECT_NEAR(box.w, w / 9, 1e-9);
  EXPECT_NEAR(box.h, h / 9, 1e-9);
}

// features: A4
TEST(SalientRegions, TwoThingsApartAreTwoRegionsWithVectorsOfTheirOwn) {
  Scene scene;
  scene.put(0, 0, 1, 3, 4);
  scene.put(1, 6, 5, 2, 3);
  const auto regions = scene.regions();
  ASSERT_EQ(regions.size(), 2U);
  expect_box(regions[0].box, 0, 1, 3, 4);
  expect_box(regions[1].box, 6, 5, 2, 3);
  EXPECT_NEAR(regions[0].score, 12.0 / 18, 1e-5);
  EXPECT_NEAR(regions[1].score, 6.0 / 18, 1e-5);
  EXPECT_EQ(regions[0].embedding, (std::vector<float>{1, 0, 0, 0}));
  EXPECT_EQ(regions[1].embedding, (std::vector<float>{0, 1, 0, 0}));
}

// features: A4
TEST(SalientRegions, ThingsThatTouchAreTwoWhenTheyAreDifferentAndOneWhenTheyAreAlike) {
  Scene different, alike;
  for (Scene* scene : {&different, &alike}) {
    const int kind = scene == &different ? 1 : 0;
    scene->put(0, 0, 3, 4, 3, 0.8F);
    scene->put(0, 1, 4, 1, 1, 1.0F);
    scene->put(kind, 4, 3, 4, 3, 0.8F);
    scene->put(kind, 6, 4, 1, 1, 1.0F);
  }
  ASSERT_EQ(different.regions().size(), 2U);
  ASSERT_EQ(alike.regions().size(), 1U);
  expect_box(alike.regions()[0].box, 0, 3, 8, 3);
  EXPECT_NEAR(alike.regions()[0].score, 1, 1e-5);
}

TEST(SalientRegions, AreAtMostFourAndSpecksAreLeftOut) {
  Scene scene;
  for (int i = 0; i < 4; ++i) scene.put(i, 2 * i, 2 * (i % 2), 1, 2);
  scene.put(0, 8, 4, 1, 1);
  scene.put(1, 0, 6, 2, 2);
  EXPECT_EQ(scene.regions().size(), kRegionsMax);
  Scene speck;
  speck.put(0, 0, 0, 6, 4);
  speck.put(1, 8, 8, 1, 1);
  EXPECT_EQ(speck.regions().size(), 1U);
}

TEST(SalientRegions, OfNothingAreNone) {
  EXPECT_TRUE(Scene().regions().empty());
  EXPECT_TRUE(salient_regions({}, {}).empty());
  EXPECT_TRUE(salient_regions(std::vector<float>(7), {.channels = 4, .height = 9, .width = 9}).empty());
  EXPECT_TRUE(salient_regions(std::vector<float>(4, 1.0F), {.channels = 4, .height = 1, .width = 1}).empty());
}

// Channels that are departures from the ordinary have signs, and a vector is what pool_places() makes of the region's places.
// features: A4
TEST(SalientRegions, OfRelationsAreWhereTheMapDepartsFromTheOrdinary) {
  const FeatureMapShape shape = {.channels = 2, .height = 4, .width = 4, .relations = true};
  std::vector<float> map(32, 0.0F);
  for (const size_t place : {0U, 1U, 4U, 5U}) map[place] = -2;  // channel 0, top left
  for (const size_t place : {11U, 15U}) map[16 + place] = 2;    // channel 1, bottom right
  const auto regions = salient_regions(map, shape);
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].embedding, pool_places(map, shape, std::vector<size_t>{0, 1, 4, 5}));
  EXPECT_NEAR(regions[0].embedding[0], 1, 1e-3);
  EXPECT_NEAR(regions[1].embedding[2], 1, 1e-3);
}

TEST(PartOf, PutsABoxBackIntoThePictureThatItsBoxWasCutFrom) {
  const CropBox box = part_of({.x = 0.2, .y = 0.4, .w = 0.5, .h = 0.5}, {.x = 0.5, .y = 0, .w = 0.5, .h = 0.2});
  EXPECT_NEAR(box.x, 0.45, 1e-9);
  EXPECT_NEAR(box.y, 0.4, 1e-9);
  EXPECT_NEAR(box.w, 0.25, 1e-9);
  EXPECT_NEAR(box.h, 0.1, 1e-9);
}

}  // namespace
}  // namespace nozama
