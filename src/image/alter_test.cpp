#include "image/alter.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/encode.h"
#include "image/pictures_for_test.h"

namespace nozama {
namespace {

std::array<int, 3> pixel(const Image& image, int x, int y) {
  const uint8_t* at = image.row(y) + x * 3;
  return {at[0], at[1], at[2]};
}

TEST(Alter, NothingAskedForChangesNothing) {
  const Image image = quarters();
  EXPECT_EQ(alter(image, {}).rgb, image.rgb);
}

TEST(Alter, MirrorsTurnsAndBrightens) {
  const Image image = quarters(48, 48);
  EXPECT_EQ(pixel(alter(image, {.mirrored = true}), 0, 0), pixel(image, 47, 0));
  EXPECT_EQ(pixel(alter(image, {.degrees = 90}), 40, 7), pixel(image, 7, 7));  // clockwise: top left goes to the top right
  EXPECT_EQ(pixel(alter(image, {.brightness = 0.5}), 0, 0), (std::array<int, 3>{100, 15, 15}));
  EXPECT_EQ(pixel(alter(image, {.brightness = 9}), 0, 0), (std::array<int, 3>{255, 255, 255}));
  const Image cut = alter(image, {.crop = {0.5, 0, 0.5, 0.5}});
  EXPECT_EQ(cut.width, 24);
  EXPECT_EQ(pixel(cut, 3, 3), pixel(image, 40, 3));
}

TEST(Alter, EveryDrawnAlterationIsInRangeAndTheSameForItsSeed) {
  const Image image = quarters(40, 30);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Alteration drawn = draw_alteration(seed);
    EXPECT_GE(drawn.crop.w, 0.75);
    EXPECT_LE(drawn.crop.x + drawn.crop.w, 1.0);
    EXPECT_LE(drawn.crop.y + drawn.crop.h, 1.0);
    EXPECT_LE(std::abs(drawn.degrees), 6);
    EXPECT_GE(drawn.jpeg_quality, 40);
    EXPECT_LE(drawn.jpeg_quality, 95);
    EXPECT_EQ(alter(image, drawn).rgb, alter(image, draw_alteration(seed)).rgb);
  }
  EXPECT_NE(draw_alteration(1).degrees, draw_alteration(2).degrees);
}

TEST(EncodeJpeg, RoundTripsNearlyAndRefusesWhatJpegCannotHold) {
  const Image image = gradient(120, 80);
  const auto bytes = encode_jpeg(image, 95);
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(read_image_info(*bytes)->format, ImageFormat::kJpeg);
  const auto back = decode_image(*bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->width, 120);
  double difference = 0;
  for (size_t i = 0; i < image.rgb.size(); ++i) difference += std::abs(image.rgb[i] - back->rgb[i]);
  EXPECT_LT(difference / static_cast<double>(image.rgb.size()), 5);
  EXPECT_LT(encode_jpeg(image, 30)->size(), bytes->size());
  EXPECT_EQ(encode_jpeg({}, 90).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace nozama
