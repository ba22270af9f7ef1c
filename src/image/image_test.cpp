#include "image/image.h"

#include <gtest/gtest.h>

#include <cmath>

#include "image/pictures_for_test.h"

namespace nozama {
namespace {

// What an area average should give, computed in the plainest way.
double area_mean(const Image& image, int channel, double left, double right, double top, double bottom) {
  double sum = 0, weight = 0;
  for (int y = static_cast<int>(top); y < std::min<double>(image.height, std::ceil(bottom)); ++y) {
    for (int x = static_cast<int>(left); x < std::min<double>(image.width, std::ceil(right)); ++x) {
      const double w = (std::min<double>(right, x + 1) - std::max<double>(left, x)) * (std::min<double>(bottom, y + 1) - std::max<double>(top, y));
      sum += w * image.row(y)[x * 3 + channel];
      weight += w;
    }
  }
  return sum / weight;
}

TEST(Resize, ShrinkingIsTheAreaAverage) {
  const Image image = gradient(317, 211);
  for (const auto& [width, height] : {std::pair{100, 100}, std::pair{317, 50}, std::pair{3, 211}, std::pair{1, 1}, std::pair{158, 105}}) {
    const Image small = resize(image, width, height);
    ASSERT_EQ(small.width, width);
    ASSERT_EQ(small.height, height);
    const double sx = 317.0 / width, sy = 211.0 / height;
    for (int y = 0; y < height; y += 7) {
      for (int x = 0; x < width; x += 5) {
        for (int c = 0; c < 3; ++c) {
          EXPECT_NEAR(small.row(y)[x * 3 + c], area_mean(image, c, x * sx, (x + 1) * sx, y * sy, (y + 1) * sy), 1.0) << width << ' ' << x << ' ' << y;
        }
      }
    }
  }
}

TEST(Resize, GrowingInterpolatesAndTheSameSizeChangesNothing) {
  const Image image = gradient(20, 10);
  EXPECT_EQ(resize(image, 20, 10).rgb, image.rgb);
  Image two = make_image(2, 1);
  two.rgb = {0, 0, 0, 200, 200, 200};
  const Image grown = resize(two, 4, 2);
  EXPECT_EQ(grown.rgb[0], 0);
  EXPECT_EQ(grown.rgb[3], 50);
  EXPECT_EQ(grown.rgb[6], 150);
  EXPECT_EQ(grown.rgb[9], 200);
  EXPECT_EQ(resize(make_image(1, 1), 7, 5).rgb, std::vector<uint8_t>(105, 0));
}

TEST(Resize, AFlatAreaKeepsItsValue) {
  Image flat = make_image(333, 77);
  for (const int value : {0, 1, 127, 254, 255}) {
    std::fill(flat.rgb.begin(), flat.rgb.end(), static_cast<uint8_t>(value));
    for (const auto& [width, height] : {std::pair{299, 299}, std::pair{13, 11}, std::pair{1000, 100}}) {
      const Image image = resize(flat, width, height);
      EXPECT_EQ(image.rgb, std::vector<uint8_t>(image.rgb.size(), static_cast<uint8_t>(value))) << width;
    }
  }
}

TEST(ResizeAndCentreCrop, IsTheMiddleOfTheResizedPicture) {
  for (const auto& [width, height] : {std::pair{400, 533}, std::pair{640, 200}, std::pair{50, 40}, std::pair{300, 300}}) {
    const Image image = gradient(width, height);
    const double scale = 297.0 / std::min(width, height);
    const Image whole = resize(image, static_cast<int>(std::lround(width * scale)), static_cast<int>(std::lround(height * scale)));
    const Image part = resize_and_centre_crop(image, 297, 260);
    ASSERT_EQ(part.width, 260);
    ASSERT_EQ(part.height, 260);
    for (int y = 0; y < 260; y += 3) {
      const uint8_t* expected = whole.row((whole.height - 260) / 2 + y) + (whole.width - 260) / 2 * 3;
      ASSERT_EQ(std::memcmp(part.row(y), expected, 260 * 3), 0) << width << ' ' << y;
    }
  }
}

TEST(ResizeAndCentreCrop, ExtremeShapesWork) {
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{20'000, 1}, std::pair{1, 20'000}, std::pair{3, 20'000}}) {
    EXPECT_EQ(resize_and_centre_crop(make_image(width, height), 297, 260).rgb, std::vector<uint8_t>(size_t{260} * 260 * 3, 0));
  }
}

TEST(FitWithin, ShrinksToTheLongSideAndNeverGrows) {
  EXPECT_EQ(fit_within(make_image(100, 50), 200).width, 100);
  const Image small = fit_within(make_image(1000, 500), 200);
  EXPECT_EQ(small.width, 200);
  EXPECT_EQ(small.height, 100);
  EXPECT_EQ(fit_within(make_image(10'000, 1), 100).height, 1);
}

// features: A3
TEST(Crop, TakesThePartInFractionsAndAtLeastAPixel) {
  const Image image = quarters(40, 20);
  const Image corner = crop(image, {0.5, 0.5, 0.5, 0.5});
  EXPECT_EQ(corner.width, 20);
  EXPECT_EQ(corner.height, 10);
  EXPECT_EQ(corner.rgb, std::vector<uint8_t>(corner.rgb.size(), 120));
  EXPECT_EQ(crop(image, {}).rgb, image.rgb);
  for (const CropBox& tiny : {CropBox{0, 0, 1e-9, 1e-9}, CropBox{1 - 1e-9, 1 - 1e-9, 1e-9, 1e-9}}) {
    EXPECT_EQ(crop(image, tiny).width, 1);
    EXPECT_EQ(crop(image, tiny).height, 1);
  }
  EXPECT_EQ(crop(make_image(1, 1), {0.4, 0.4, 0.2, 0.2}).rgb.size(), 3U);
}

// features: A3
TEST(Crop, OnlyAPartInsideThePictureIsAccepted) {
  const auto box = parse_crop("0.1,0.2,0.5,0.25");
  ASSERT_TRUE(box);
  EXPECT_DOUBLE_EQ(box->x, 0.1);
  EXPECT_DOUBLE_EQ(box->h, 0.25);
  EXPECT_TRUE(parse_crop("0,0,1,1"));
  EXPECT_TRUE(parse_crop("0.7,0,0.3,1"));
  for (const char* bad : {"", "0,0,1", "0,0,1,1,", "0,0,1,1,1", "a,0,1,1", "0,0,0,1", "0,0,1,0", "-0.1,0,1,1", "0.5,0,0.6,1", "0,0,2,1", "nan,0,1,1",
                          "0,0,inf,1", "0;0;1;1", " 0,0,1,1", "0x0,0,1,1", "1,0,1e-9"}) {
    const auto refused = parse_crop(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().reason, "bad_crop");
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace nozama
