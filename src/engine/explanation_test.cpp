#include "engine/explanation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "engine/engine.h"
#include "engine/import.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<FeatureMapCache::Entry> entry(const std::string& key) {
  auto made = std::make_shared<FeatureMapCache::Entry>();
  made->key = key;
  return made;
}

TEST(FeatureMapCache, KeepsThoseThatWereUsedLast) {
  FeatureMapCache cache(2);
  cache.keep(entry("a"));
  cache.keep(entry("b"));
  EXPECT_TRUE(cache.find("a"));
  cache.keep(entry("c"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_TRUE(cache.find("c"));
  EXPECT_FALSE(cache.find("b"));
}

void put_block(Image& image, int left, int top, int side, std::array<uint8_t, 3> colour) {
  for (int y = top; y < top + side; ++y) {
    for (int x = left; x < left + side; ++x) {
      // With a chequered surface: a plain square has little to see.
      const bool dark = (x / 8 + y / 8) % 2 == 0;
      for (size_t channel = 0; channel < 3; ++channel)
        image.row(y)[static_cast<size_t>(x) * 3 + channel] = static_cast<uint8_t>(dark ? colour[channel] / 2 : colour[channel]);
    }
  }
}

Image with_block(int left, int top, std::array<uint8_t, 3> colour) {
  Image image = make_image(300, 300);
  std::ranges::fill(image.rgb, uint8_t{235});
  put_block(image, left, top, 90, colour);
  return image;
}

// A shop of a few pictures, read by the real encoder.
class ExplanationTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("nozama_explanation_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "feed" / "blocks");
    const std::vector<Image> pictures = {with_block(40, 40, {200, 30, 30}), with_block(170, 170, {30, 60, 200}), with_block(100, 100, {30, 160, 60})};
    for (size_t i = 0; i < pictures.size(); ++i) {
      ASSERT_TRUE(write_file_atomic(folder_ / "feed" / "blocks" / (std::to_string(i) + ".webp"), *encode_webp(pictures[i], 95)));
    }
    WorkspaceOptions options{.data_dir = folder_ / "data", .models_dir = fs::path(NOZAMA_SOURCE_DIR) / "build/models"};
    options.create = true;
    auto workspace = Workspace::open(options);
    ASSERT_TRUE(workspace) << workspace.error().message;
    ASSERT_TRUE(import_feed(**workspace, {.source = folder_ / "feed"}, nullptr, {}));
    auto engine = Engine::open(std::move(*workspace));
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  void TearDown() override {
    engine_.reset();
    fs::remove_all(folder_);
  }

  SearchAnswer explained(const Image& photo, std::optional<CropBox> crop_box = std::nullopt) {
    const auto bytes = *encode_webp(photo, 95);
    SearchQuery query;
    query.subject = PhotoSubject{bytes};
    query.crop = crop_box;
    query.explain = true;
    query.limit = SearchLimits::kExplainedMax;
    query.min_score = 0;
    auto answer = engine_->search(query);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(SearchAnswer{});
  }

  fs::path folder_;
  std::unique_ptr<Engine> engine_;
};

// Where the middle of the heat lies, in fractions of the picture.
std::pair<double, double> middle_of(const HeatGrid& grid) {
  double x = 0, y = 0, sum = 0;
  for (size_t i = 0; i < grid.values.size(); ++i) {
    const auto weight = static_cast<double>(grid.values[i]);
    x += weight * (static_cast<double>(i % static_cast<size_t>(grid.width)) + 0.5) / grid.width;
    y += weight * (static_cast<double>(i / static_cast<size_t>(grid.width)) + 0.5) / grid.height;
    sum += weight;
  }
  return {grid.box.x + x / sum * grid.box.w, grid.box.y + y / sum * grid.box.h};
}

// features: B7
TEST_F(ExplanationTest, HeatLiesOnTheThingInPhotoAndProduct) {
  const SearchAnswer answer = explained(with_block(40, 40, {200, 30, 30}));
  ASSERT_EQ(answer.results.size(), 3U);
  const auto& heat_map = answer.results[0].heat_map;
  ASSERT_TRUE(heat_map && heat_map->query && heat_map->product);
  for (const HeatGrid* grid : {&*heat_map->query, &*heat_map->product}) {
    const auto [x, y] = middle_of(*grid);
    EXPECT_LT(x, 0.5);
    EXPECT_LT(y, 0.5);
    EXPECT_EQ(*std::ranges::max_element(grid->values), 1);
  }
  EXPECT_FALSE(heat_map->picture_hash.empty());
}

TEST_F(ExplanationTest, OfACropTheGridLiesInsideIt) {
  const CropBox part{.x = 0.5, .y = 0.25, .w = 0.5, .h = 0.5};
  const SearchAnswer answer = explained(with_block(170, 120, {30, 60, 200}), part);
  ASSERT_FALSE(answer.results.empty());
  const auto& grid = answer.results[0].heat_map->query;
  ASSERT_TRUE(grid);
  EXPECT_GE(grid->box.x, part.x);
  EXPECT_GE(grid->box.y, part.y);
  EXPECT_LE(grid->box.x + grid->box.w, part.x + part.w + 1e-9);
  EXPECT_LE(grid->box.y + grid->box.h, part.y + part.h + 1e-9);
}

// features: B7
TEST_F(ExplanationTest, APictureThatIsGoneLeavesItsSideOut) {
  fs::remove_all(folder_ / "data" / "pictures");
  const SearchAnswer answer = explained(with_block(40, 40, {200, 30, 30}));
  ASSERT_EQ(answer.results.size(), 3U);
  for (const SearchHit& hit : answer.results) {
    ASSERT_TRUE(hit.heat_map);
    EXPECT_TRUE(hit.heat_map->query);
    EXPECT_FALSE(hit.heat_map->product);
  }
}

Image demo_picture(const std::string& name) {
  const auto bytes = read_file(fs::path(NOZAMA_SOURCE_DIR) / "demo/pictures" / name);
  EXPECT_TRUE(bytes) << name;
  auto image = decode_image(*bytes);
  EXPECT_TRUE(image) << name;
  return resize_and_centre_crop(*image, 320, 300);
}

// features: A4 B6
TEST_F(ExplanationTest, ThingsSideBySideAreRegionsOnTheirOwn) {
  const Image left = demo_picture("blendswap-cc0-thonet.webp"), right = demo_picture("blendswap-cc0-bed3-teal.webp");
  Image photo = make_image(600, 600);
  std::ranges::fill(photo.rgb, uint8_t{228});
  for (int y = 0; y < 300; ++y) {
    std::copy_n(left.row(y), 900, photo.row(y + 150));
    std::copy_n(right.row(y), 900, photo.row(y + 150) + 900);
  }
  const SearchAnswer answer = explained(photo);
  ASSERT_GE(answer.regions.size(), 2U);
  for (const bool on_left : {true, false}) {
    EXPECT_TRUE(std::ranges::any_of(answer.regions, [on_left](const PhotoRegion& region) {
      const double middle = region.box.x + region.box.w / 2;
      return on_left ? middle > 0.15 && middle < 0.4 : middle > 0.6 && middle < 0.85;
    }));
  }
  EXPECT_FALSE(answer.colours.empty());
}

}  // namespace
}  // namespace nozama
