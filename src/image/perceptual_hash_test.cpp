#include "image/perceptual_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "image/decode.h"
#include "image/pictures_for_test.h"

namespace nozama {
namespace {

// A few soft discs on a plain ground: no two seeds alike, and as smooth as a photo.
Image scene(unsigned seed, int width = 240, int height = 180) {
  std::mt19937 random(seed);
  const auto pick = [&random](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low)); };
  struct Disc {
    double x, y, radius;
    int colour[3];
  };
  std::vector<Disc> discs;
  for (int i = 0; i < 6; ++i) discs.push_back({pick(0, 100) / 100.0, pick(0, 100) / 100.0, pick(8, 35) / 100.0, {pick(0, 220), pick(0, 220), pick(0, 220)}});
  Image image = make_image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double pixel[3] = {235, 235, 230};
      for (const Disc& disc : discs) {
        const double distance = std::hypot((x + 0.5) / width - disc.x, (y + 0.5) / height - disc.y);
        const double cover = 1 / (1 + std::exp((distance - disc.radius) * 60));
        for (int c = 0; c < 3; ++c) pixel[c] += (disc.colour[c] - pixel[c]) * cover;
      }
      for (int c = 0; c < 3; ++c) image.row(y)[x * 3 + c] = static_cast<uint8_t>(std::lround(pixel[c]));
    }
  }
  return image;
}

Image brighter(Image image, double factor) {
  for (uint8_t& value : image.rgb) value = static_cast<uint8_t>(std::min(255.0, value * factor));
  return image;
}

Image recompressed(const Image& image, int quality) { return *decode_image(make_jpeg(image, {.quality = quality})); }

// features: C8
TEST(PerceptualHash, AlteredCopiesStayNearAndOtherPicturesFar) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const PerceptualHash original = perceptual_hash(scene(seed));
    for (const Image& copy : {recompressed(scene(seed), 50), resize(scene(seed), 120, 90), resize(scene(seed), 500, 375), brighter(scene(seed), 0.9),
                              brighter(scene(seed), 1.05)}) {
      const PerceptualHash altered = perceptual_hash(copy);
      EXPECT_LE(hash_distance(original.bits, altered.bits), 6) << "picture " << seed;
      const auto difference = layout_difference(original.colours, altered.colours);
      EXPECT_LT(difference->colour, 0.05) << "picture " << seed;
      EXPECT_NEAR(difference->contrast, 1, 0.13) << "picture " << seed;
      EXPECT_LT(difference->pattern, 0.01) << "picture " << seed;
    }
    const PerceptualHash other = perceptual_hash(scene(seed + 100));
    EXPECT_GT(hash_distance(original.bits, other.bits), 12) << "picture " << seed;
  }
}

TEST(PerceptualHash, ARecolouredPictureHasANearHashAndAFarLayout) {
  Image recoloured = scene(3);
  for (size_t i = 0; i < recoloured.rgb.size(); i += 3) std::swap(recoloured.rgb[i], recoloured.rgb[i + 2]);
  const PerceptualHash a = perceptual_hash(scene(3)), b = perceptual_hash(recoloured);
  EXPECT_GT(layout_difference(a.colours, b.colours)->colour, 0.15);
}

TEST(PerceptualHash, TheLayoutNamesTheColoursOfItsCells) {
  const PerceptualHash hash = perceptual_hash(quarters(64, 64));
  const auto cell = [&](size_t i, size_t channel) { return std::to_integer<int>(hash.colours[i * 3 + channel]); };
  EXPECT_NEAR(cell(0, 2), 128 + 0.5 * 200 - 0.418688 * 30 - 0.081312 * 30, 1.5) << "red: high Cr";
  EXPECT_NEAR(cell(56, 1), 128 - 0.168736 * 30 - 0.331264 * 40 + 0.5 * 190, 1.5) << "blue: high Cb";
  EXPECT_NEAR(cell(63, 0), 120, 1.5);
  EXPECT_NEAR(cell(63, 1), 128, 1.5);
}

TEST(PerceptualHash, TheSmallestPicturesHaveOne) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 500}, {3, 2}}) {
    const PerceptualHash hash = perceptual_hash(make_image(width, height));
    const auto same = layout_difference(hash.colours, hash.colours);
    EXPECT_EQ(same->colour, 0);
    EXPECT_EQ(same->contrast, 1);
    EXPECT_NEAR(same->pattern, 0, 1e-12);
  }
}

TEST(PerceptualHash, DistancesCountBitsAndRefuseOtherLengths) {
  EXPECT_EQ(hash_distance(0, 0), 0);
  EXPECT_EQ(hash_distance(0, ~0ULL), 64);
  EXPECT_EQ(hash_distance(0b1010, 0b0110), 2);
  const ColourLayout layout{};
  EXPECT_FALSE(layout_difference(layout, std::span(layout).first(kColourLayoutBytes - 1)));
}

}  // namespace
}  // namespace nozama
