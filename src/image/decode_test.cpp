// Odd but valid pictures are read right.
#include "image/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "image/encode.h"
#include "image/pictures_for_test.h"

namespace nozama {
namespace {

using Colour = std::array<int, 3>;

Colour colour_at(const Image& image, double x, double y) {
  const uint8_t* pixel = image.row(static_cast<int>(y * image.height)) + static_cast<size_t>(x * image.width) * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

// Its four quarters, in reading order.
std::array<Colour, 4> quarters_of(const Image& image) {
  return {colour_at(image, 0.25, 0.25), colour_at(image, 0.75, 0.25), colour_at(image, 0.25, 0.75), colour_at(image, 0.75, 0.75)};
}

testing::AssertionResult near(const Colour& a, const Colour& b, int tolerance) {
  for (size_t c = 0; c < 3; ++c) {
    if (std::abs(a[c] - b[c]) > tolerance) return testing::AssertionFailure() << testing::PrintToString(a) << " is not near " << testing::PrintToString(b);
  }
  return testing::AssertionSuccess();
}

void expect_near(const Image& image, const Image& expected, int tolerance) {
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  for (size_t q = 0; q < 4; ++q) EXPECT_TRUE(near(quarters_of(image)[q], quarters_of(expected)[q], tolerance)) << "quarter " << q;
}

Image decoded(const Bytes& bytes, int hint = 0) {
  auto image = decode_image(bytes, {}, hint);
  EXPECT_TRUE(image) << image.error().message;
  return image ? *image : make_image(1, 1);
}

// The stored quarters as a viewer shows them under each EXIF orientation (EXIF 2.3, tag 0x0112).
Image shown(const Image& stored, int orientation) {
  const bool turned = orientation >= 5;
  Image image = make_image(turned ? stored.height : stored.width, turned ? stored.width : stored.height);
  // Which stored quarter is seen at top left, top right, bottom left, bottom right.
  constexpr int kSeen[9][4] = {{}, {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1}, {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}};
  const auto colours = quarters_of(stored);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const Colour& colour = colours[static_cast<size_t>(kSeen[orientation][(y >= image.height / 2 ? 2 : 0) + (x >= image.width / 2 ? 1 : 0)])];
      for (size_t c = 0; c < 3; ++c) image.row(y)[static_cast<size_t>(x) * 3 + c] = static_cast<uint8_t>(colour[c]);
    }
  }
  return image;
}

// features: A1
TEST(DecodeImage, ColourGreyAndProgressiveJpegsAreRead) {
  expect_near(decoded(make_jpeg(quarters())), quarters(), 6);
  expect_near(decoded(make_jpeg(quarters(), {.kind = JpegKind::kProgressive})), quarters(), 6);
  const Image grey = decoded(make_jpeg(quarters(), {.kind = JpegKind::kGrey}));
  EXPECT_TRUE(near(quarters_of(grey)[1], {180, 180, 180}, 3));
}

TEST(DecodeImage, CmykJpegsOfEveryConventionShowTheirColours) {
  for (const JpegKind kind : {JpegKind::kAdobeCmyk, JpegKind::kPlainCmyk, JpegKind::kYcck}) {
    SCOPED_TRACE(static_cast<int>(kind));
    expect_near(decoded(make_jpeg(quarters(), {.kind = kind})), quarters(), 8);
  }
}

// features: I8
TEST(DecodeImage, EveryExifOrientationIsTurnedUpright) {
  const Image stored = quarters();
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool big_endian : {false, true}) {
      SCOPED_TRACE(orientation);
      const Bytes exif = exif_block(orientation, big_endian);
      const Image expected = shown(stored, orientation);
      const Bytes jpeg = make_jpeg(stored, {.exif = exif});
      expect_near(decoded(jpeg), expected, 6);
      EXPECT_EQ(read_image_info(jpeg)->width, expected.width);
      EXPECT_EQ(read_image_info(jpeg)->orientation, orientation);
      expect_near(decoded(make_png(stored, {.exif = exif})), expected, 0);
      const Bytes pixels = webp_pixels(make_webp(stored.width, stored.height, with_alpha(stored, 255)));
      expect_near(decoded(make_extended_webp(stored.width, stored.height, 0x08, {pixels, riff_chunk("EXIF", exif)})), expected, 0);
    }
  }
}

TEST(DecodeImage, ABrokenExifBlockMeansUpright) {
  const Bytes exif = exif_block(6, false);
  for (size_t length = 0; length < exif.size(); ++length) {
    const Bytes cut(exif.begin(), exif.begin() + static_cast<std::ptrdiff_t>(length));
    const auto image = decode_image(make_jpeg(quarters(), {.exif = cut}));
    ASSERT_TRUE(image) << length;
    EXPECT_TRUE(image->width == 48 || length >= 34) << length;  // the orientation's entry ends at byte 34
  }
  EXPECT_EQ(decoded(make_jpeg(quarters(), {.exif = exif_block(9, true)})).width, 48);
}

TEST(DecodeImage, PngsOfEveryDepthAndColourTypeAreRead) {
  const Image image = quarters(16, 16);
  expect_near(decoded(make_png(image)), image, 0);
  expect_near(decoded(make_png(image, {.interlaced = true})), image, 0);

  std::vector<uint8_t> deep;
  for (const uint8_t sample : image.rgb) deep.insert(deep.end(), {sample, 0x40});
  expect_near(decoded(make_png(16, 16, deep, {.bit_depth = 16})), image, 1);

  const std::vector<uint8_t> grey16(16 * 16 * 2, 0x80);
  EXPECT_TRUE(near(quarters_of(decoded(make_png(16, 16, grey16, {.colour_type = PNG_COLOR_TYPE_GRAY, .bit_depth = 16})))[0], {128, 128, 128}, 1));

  const std::vector<uint8_t> bits(16 * 2, 0x0F);  // half of each byte's pixels white
  const Image one_bit = decoded(make_png(16, 16, bits, {.colour_type = PNG_COLOR_TYPE_GRAY, .bit_depth = 1}));
  EXPECT_EQ(one_bit.rgb[0], 0);
  EXPECT_EQ(one_bit.rgb[7 * 3], 255);
}

TEST(DecodeImage, PalettesAndTransparencyAreShownOnWhite) {
  const PngOptions palette = {.colour_type = PNG_COLOR_TYPE_PALETTE, .bit_depth = 4, .palette = {{10, 20, 30}, {40, 50, 60}}, .palette_alpha = {255, 0}};
  const Image two = decoded(make_png(2, 1, {0x01}, palette));
  EXPECT_THAT(two.rgb, testing::ElementsAre(10, 20, 30, 255, 255, 255));

  const std::vector<uint8_t> rgba = with_alpha(quarters(8, 8), 128);
  const Colour half = {(200 * 128 + 255 * 127) / 255, (30 * 128 + 255 * 127) / 255, (30 * 128 + 255 * 127) / 255};
  EXPECT_TRUE(near(quarters_of(decoded(make_png(8, 8, rgba, {.colour_type = PNG_COLOR_TYPE_RGBA})))[0], half, 1));
  EXPECT_TRUE(near(quarters_of(decoded(make_png(8, 8, rgba, {.colour_type = PNG_COLOR_TYPE_RGBA, .interlaced = true})))[0], half, 1));
  EXPECT_TRUE(near(quarters_of(decoded(make_webp(8, 8, rgba)))[0], half, 1));

  const std::vector<uint8_t> grey_alpha = {0, 0, 0, 255};
  EXPECT_THAT(decoded(make_png(2, 1, grey_alpha, {.colour_type = PNG_COLOR_TYPE_GRAY_ALPHA})).rgb, testing::ElementsAre(255, 255, 255, 0, 0, 0));
}

TEST(DecodeImage, AnAnimatedWebpShowsItsFirstFrameOnTheWholeCanvas) {
  const Bytes anim = riff_chunk("ANIM", Bytes(6));
  const std::vector<uint8_t> red(8 * 8 * 4, 0), blue = with_alpha(quarters(16, 16), 255);
  std::vector<uint8_t> dot;
  for (int i = 0; i < 8 * 8; ++i) dot.insert(dot.end(), {10, 20, 200, 255});
  const Bytes animated = make_extended_webp(16, 16, 0x02 | 0x10, {anim, webp_frame(8, 8, 8, 8, dot), webp_frame(0, 0, 16, 16, blue)});
  const Image image = decoded(animated);
  ASSERT_EQ(image.width, 16);
  EXPECT_EQ(quarters_of(image)[0], (Colour{255, 255, 255}));
  EXPECT_EQ(quarters_of(image)[3], (Colour{10, 20, 200}));
}

TEST(DecodeImage, AnAnimatedGifShowsItsFirstFrame) {
  const std::vector<GifColorType> colours = {{200, 30, 30}, {30, 180, 40}, {1, 2, 3}, {9, 9, 9}};
  std::vector<uint8_t> halves;
  for (int i = 0; i < 16 * 16; ++i) halves.push_back(i / 16 < 8 ? 0 : 1);
  const GifFrame later{.width = 16, .height = 16, .indices = std::vector<uint8_t>(256, 2)};
  for (const bool interlaced : {false, true}) {
    GifFrame first{.width = 16, .height = 16, .indices = halves, .interlaced = interlaced, .transparent = 1};
    const Image image = decoded(make_gif(16, 16, colours, {first, later}));
    EXPECT_EQ(quarters_of(image)[1], (Colour{200, 30, 30}));
    EXPECT_EQ(quarters_of(image)[2], (Colour{255, 255, 255})) << "transparent parts are white";
  }
  GifFrame inset{.left = 8, .top = 8, .width = 8, .height = 8, .indices = std::vector<uint8_t>(64, 1)};
  const Image image = decoded(make_gif(16, 16, colours, {inset}));
  EXPECT_EQ(quarters_of(image)[0], (Colour{255, 255, 255}));
  EXPECT_EQ(quarters_of(image)[3], (Colour{30, 180, 40}));
}

TEST(DecodeImage, OnePixelAndVeryWidePicturesAreRead) {
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{20'000, 2}, std::pair{1, 3'000}}) {
    SCOPED_TRACE(width);
    const Image image = gradient(width, height);
    for (const Bytes& bytes : {make_jpeg(image), make_png(image), *encode_webp(gradient(std::min(width, 16'000), height), 80)}) {
      const Image read = decoded(bytes, 260);
      EXPECT_EQ(read.height, height);
      EXPECT_GE(read.width, std::min(width, 16'000));
    }
  }
}

TEST(DecodeImage, AHintGivesASmallerPictureWithAShortSideNotBelowIt) {
  const Image photo = gradient(1200, 1600);
  const Bytes jpeg = make_jpeg(photo, {.exif = exif_block(6, true)});
  const Bytes webp = *encode_webp(photo, 80);
  for (const int hint : {1, 100, 299, 600, 1199, 1200, 5000}) {
    SCOPED_TRACE(hint);
    const Image from_jpeg = decoded(jpeg, hint), from_webp = decoded(webp, hint);
    for (const Image& image : {from_jpeg, from_webp}) {
      EXPECT_GE(std::min(image.width, image.height), std::min(hint, 1200));
      EXPECT_LE(std::min(image.width, image.height), 1200);
    }
    EXPECT_GT(from_jpeg.width, from_jpeg.height) << "turned by its orientation";
  }
  EXPECT_LE(decoded(jpeg, 299).height, 450);
  EXPECT_EQ(decoded(webp, 299).width, 299);
}

TEST(DecodeImage, AScaledDecodeShowsTheSamePicture) {
  const Image photo = gradient(800, 600);
  for (const Bytes& bytes : {make_jpeg(photo), *encode_webp(photo, 95)}) {
    const Image small = resize(decoded(bytes, 100), 133, 100);
    expect_near(small, resize(photo, 133, 100), 8);
  }
}

TEST(DecodeImage, HarmlessOdditiesOfJpegFilesAreOverlooked) {
  const Bytes jpeg = make_jpeg(quarters());
  Bytes trailed = jpeg;
  append(trailed, to_bytes("text after the end"));
  expect_near(decoded(trailed), quarters(), 6);
  Bytes padded(jpeg.begin(), jpeg.end() - 2);
  append(padded, Bytes(16));
  append(padded, Bytes(jpeg.end() - 2, jpeg.end()));
  expect_near(decoded(padded), quarters(), 6);
}

TEST(DecodeImage, TheFormatIsReadFromTheBytes) {
  EXPECT_EQ(read_image_info(make_jpeg(quarters()))->format, ImageFormat::kJpeg);
  EXPECT_EQ(read_image_info(make_png(quarters()))->format, ImageFormat::kPng);
  EXPECT_EQ(read_image_info(*encode_webp(quarters(), 80))->format, ImageFormat::kWebp);
  const auto gif = read_image_info(make_gif(2, 3, {{0, 0, 0}, {1, 1, 1}}, {{.width = 2, .height = 3, .indices = std::vector<uint8_t>(6)}}));
  EXPECT_EQ(gif->format, ImageFormat::kGif);
  EXPECT_EQ(gif->height, 3);
}

// features: I8
TEST(EncodeWebp, WhatIsWrittenHoldsPixelsAndNothingOfTheOriginalsExif) {
  const Image photo = decoded(make_jpeg(quarters(), {.exif = exif_block(1, false)}));
  const Bytes webp = *encode_webp(photo, 90);
  expect_near(decoded(webp), photo, 12);
  const std::string_view text(reinterpret_cast<const char*>(webp.data()), webp.size());
  EXPECT_EQ(text.find("EXIF"), std::string_view::npos);
  EXPECT_EQ(text.find("Cam"), std::string_view::npos);
}

TEST(DecodeImage, ManyThreadsMayDecodeLargePicturesAtOnce) {
  const Bytes large = make_jpeg(gradient(4400, 4000), {.quality = 50});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&large] { EXPECT_EQ(decoded(large, 500).width, 550); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace nozama
