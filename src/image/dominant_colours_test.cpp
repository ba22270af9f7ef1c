#include "image/dominant_colours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "image/decode.h"

namespace nozama {
namespace {

struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
};

void fill(Image& image, const CropBox& part, Rgb colour) {
  for (int y = static_cast<int>(part.y * image.height); y < static_cast<int>(std::lround((part.y + part.h) * image.height)); ++y) {
    for (int x = static_cast<int>(part.x * image.width); x < static_cast<int>(std::lround((part.x + part.w) * image.width)); ++x) {
      uint8_t* pixel = image.row(y) + static_cast<ptrdiff_t>(x) * 3;
      pixel[0] = colour.r;
      pixel[1] = colour.g;
      pixel[2] = colour.b;
    }
  }
}

Image plain(int width, int height, Rgb colour) {
  Image image = make_image(width, height);
  fill(image, {}, colour);
  return image;
}

std::vector<std::string_view> names(const std::vector<DominantColour>& colours) {
  std::vector<std::string_view> all;
  for (const DominantColour& colour : colours) all.push_back(colour.name);
  return all;
}

constexpr Rgb kRed = {200, 20, 30}, kStudio = {232, 232, 230}, kBlue = {20, 70, 200};

// features: B6
TEST(DominantColours, ARedShirtBeforeGreyIsRed) {
  for (const Rgb behind : {Rgb{140, 140, 140}, kStudio, Rgb{255, 255, 255}, Rgb{30, 30, 30}}) {
    Image image = plain(300, 400, behind);
    fill(image, {.x = 0.3, .y = 0.2, .w = 0.4, .h = 0.6}, kRed);
    const auto colours = dominant_colours(image);
    ASSERT_EQ(names(colours), std::vector<std::string_view>{"red"});
    EXPECT_NEAR(colours[0].r, kRed.r, 6);
    EXPECT_NEAR(colours[0].g, kRed.g, 6);
    EXPECT_GT(colours[0].share, 0.9F);
  }
}

// features: B6
TEST(DominantColours, ThingsOfTwoColoursHaveBothLargestFirst) {
  Image image = plain(300, 300, kStudio);
  fill(image, {.x = 0.2, .y = 0.2, .w = 0.6, .h = 0.35}, kBlue);
  fill(image, {.x = 0.2, .y = 0.55, .w = 0.6, .h = 0.2}, {245, 210, 30});
  const auto colours = dominant_colours(image);
  EXPECT_EQ(names(colours), (std::vector<std::string_view>{"blue", "yellow"}));
  EXPECT_GT(colours[0].share, colours[1].share);
  EXPECT_NEAR(colours[0].share + colours[1].share, 1, 0.05);
}

TEST(DominantColours, OfThingsSideBySideTheGridChoosesOne) {
  Image image = plain(400, 200, kStudio);
  fill(image, {.x = 0.05, .y = 0.2, .w = 0.4, .h = 0.6}, kRed);
  fill(image, {.x = 0.55, .y = 0.2, .w = 0.4, .h = 0.6}, kBlue);
  const std::vector<float> left = {1, 0, 1, 0}, right = {0, 1, 0, 1};
  EXPECT_EQ(dominant_colours(image, {.width = 2, .height = 2, .values = left}).front().name, "red");
  EXPECT_EQ(dominant_colours(image, {.width = 2, .height = 2, .values = right}).front().name, "blue");
  const std::vector<float> whole = {1};
  EXPECT_EQ(dominant_colours(image, {.width = 1, .height = 1, .values = whole, .box = {.x = 0.6, .y = 0, .w = 0.4, .h = 1}}).front().name, "blue");
}

TEST(DominantColours, AThingThatFillsThePictureIsNotItsBackground) {
  EXPECT_EQ(names(dominant_colours(plain(200, 300, kRed))), std::vector<std::string_view>{"red"});
  EXPECT_EQ(names(dominant_colours(plain(200, 300, {250, 250, 250}))), std::vector<std::string_view>{"white"});
}

TEST(DominantColours, SmallPartsAreLeftOutAndSharesAreThoseOfTheSubject) {
  Image image = plain(300, 300, kStudio);
  for (int i = 0; i < 6; ++i) {
    constexpr std::array<Rgb, 6> kColours = {kRed, kBlue, Rgb{20, 150, 40}, Rgb{245, 210, 30}, Rgb{20, 20, 20}, Rgb{130, 30, 160}};
    fill(image, {.x = 0.1, .y = 0.1 + 0.13 * i, .w = 0.8, .h = 0.13}, kColours[static_cast<size_t>(i)]);
  }
  const auto colours = dominant_colours(image);
  EXPECT_LE(colours.size(), 4U);
  float sum = 0;
  for (const DominantColour& colour : colours) {
    EXPECT_GE(colour.share, kColourShareMin);
    sum += colour.share;
  }
  EXPECT_LE(sum, 1.001F);
}

TEST(DominantColours, OddPicturesAndGridsHaveColoursToo) {
  EXPECT_TRUE(dominant_colours(Image{}).empty());
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 3000}, {3000, 1}, {2, 2}, {47, 3}}) {
    const Image image = plain(width, height, kRed);
    EXPECT_EQ(names(dominant_colours(image)), std::vector<std::string_view>{"red"}) << width << "x" << height;
    const std::vector<float> zeros = {0, 0}, wrong = {1, 2, 3}, broken = {NAN, INFINITY};
    for (const auto& values : {zeros, wrong, broken}) {
      EXPECT_EQ(names(dominant_colours(image, {.width = 2, .height = 1, .values = values})), std::vector<std::string_view>{"red"});
    }
    EXPECT_EQ(dominant_colours(image, {.width = 2, .height = 1, .values = zeros, .box = {.x = 0.5, .y = 0.5, .w = 0, .h = 0}}).size(), 1U);
  }
}

TEST(DominantColours, AreTheSameEveryTime) {
  Image image = plain(123, 77, kStudio);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 2654435761U >> 13);
  const auto once = dominant_colours(image), again = dominant_colours(image);
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].name, again[i].name);
    EXPECT_EQ(once[i].share, again[i].share);
  }
}

TEST(ColourName, PlainColoursHaveTheNamesThatPeopleGiveThem) {
  EXPECT_EQ(colour_name(0, 0, 0), "black");
  EXPECT_EQ(colour_name(255, 255, 255), "white");
  EXPECT_EQ(colour_name(128, 128, 128), "grey");
  EXPECT_EQ(colour_name(220, 20, 20), "red");
  EXPECT_EQ(colour_name(255, 140, 0), "orange");
  EXPECT_EQ(colour_name(250, 220, 20), "yellow");
  EXPECT_EQ(colour_name(30, 140, 40), "green");
  EXPECT_EQ(colour_name(30, 180, 170), "turquoise");
  EXPECT_EQ(colour_name(40, 90, 220), "blue");
  EXPECT_EQ(colour_name(15, 25, 70), "navy");
  EXPECT_EQ(colour_name(120, 40, 150), "purple");
  EXPECT_EQ(colour_name(255, 150, 190), "pink");
  EXPECT_EQ(colour_name(100, 60, 25), "brown");
  EXPECT_EQ(colour_name(225, 210, 180), "beige");
}

TEST(ColourName, EveryColourHasANameOfTheList) {
  for (int r = 0; r < 256; r += 15) {
    for (int g = 0; g < 256; g += 15) {
      for (int b = 0; b < 256; b += 15) {
        const std::string_view name = colour_name(static_cast<uint8_t>(r), static_cast<uint8_t>(g), static_cast<uint8_t>(b));
        EXPECT_TRUE(std::ranges::find(colour_names(), name) != colour_names().end());
      }
    }
  }
}

// The sample shop's own words for what its pictures show (demo/catalogue.csv).
TEST(DominantColours, RenderedProductsHaveTheColourThatTheShopSays) {
  const std::array<std::pair<const char*, const char*>, 6> products = {{{"blendswap-cc0-bed3-teal", "turquoise"},
                                                                        {"blendswap-cc0-baby-rocking-bed-burgundy", "red"},
                                                                        {"blendswap-cc0-bench-black", "black"},
                                                                        {"blendswap-cc0-box-mustard", "yellow"},
                                                                        {"blendswap-ccby-workbench-walnut", "brown"},
                                                                        {"kator-legaz-bread-plate-terracotta", "orange"}}};
  for (const auto& [file, colour] : products) {
    std::ifstream stream(std::filesystem::path(NOZAMA_SOURCE_DIR) / "demo/pictures" / (std::string(file) + ".webp"), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(stream), {});
    const auto image = decode_image(std::as_bytes(std::span(bytes)));
    ASSERT_TRUE(image) << file;
    EXPECT_EQ(dominant_colours(*image).front().name, colour) << file;
  }
}

}  // namespace
}  // namespace nozama
