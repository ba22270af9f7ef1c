#include "engine/engine.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>

#include "base/file.h"
#include "catalog/catalog.h"
#include "engine/import.h"
#include "engine/live_index.h"
#include "engine/shop_settings.h"
#include "engine/thumbnails.h"
#include "engine/training.h"
#include "engine/workspace.h"
#include "image/decode.h"
#include "image/encode.h"
#include "index/snapshot_format.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// Coloured blocks, another picture for each seed.
Image drawn(uint32_t seed) {
  std::mt19937 random(seed);
  Image cells = make_image(5, 5);
  for (uint8_t& value : cells.rgb) value = static_cast<uint8_t>(random());
  Image image = make_image(100, 100);
  for (int y = 0; y < 100; ++y) {
    for (int x = 0; x < 100; ++x) std::copy_n(cells.row(y / 20) + x / 20 * 3, 3, image.row(y) + x * 3);
  }
  return image;
}

// A data directory and a folder of pictures; the real encoder.
class EngineTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("nozama_engine_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "feed");
  }
  void TearDown() override { fs::remove_all(folder_); }

  WorkspaceOptions options() const {
    WorkspaceOptions options;
    options.data_dir = folder_ / "data";
    options.models_dir = fs::path(NOZAMA_SOURCE_DIR) / "build/models";
    options.create = true;
    return options;
  }

  void write_picture(const std::string& name, uint32_t seed) {
    fs::create_directories((folder_ / "feed" / name).parent_path());
    ASSERT_TRUE(write_file_atomic(folder_ / "feed" / name, *encode_webp(drawn(seed), 90)));
  }

  ImportReport import_all() {
    auto workspace = Workspace::open(options());
    EXPECT_TRUE(workspace) << workspace.error().message;
    auto report = import_feed(**workspace, {.source = folder_ / "feed"}, nullptr, {});
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(ImportReport{});
  }

  std::unique_ptr<Engine> open_engine() {
    auto workspace = Workspace::open(options());
    EXPECT_TRUE(workspace) << workspace.error().message;
    auto engine = Engine::open(std::move(*workspace));
    EXPECT_TRUE(engine) << engine.error().message;
    return std::move(*engine);
  }

  std::vector<std::string> found(Engine& engine, uint32_t seed) {
    const auto photo = *encode_webp(drawn(seed), 90);
    SearchQuery query;
    query.subject = PhotoSubject{photo};
    query.min_score = 0;
    const auto answer = engine.search(query);
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> ids;
    for (const SearchHit& hit : answer->results) ids.push_back(hit.product.external_id);
    return ids;
  }

  fs::path folder_;
};

// features: C4
TEST_F(EngineTest, WhatAnotherProcessWritesIsSearchableAndWhatItDeletesIsGone) {
  for (uint32_t i = 0; i < 4; ++i) write_picture("a/" + std::to_string(i) + ".webp", i);
  import_all();
  const auto engine = open_engine();
  EXPECT_EQ(found(*engine, 2).front(), "a/2");
  EXPECT_EQ(found(*engine, 2).size(), 4U);

  write_picture("a/new.webp", 77);
  import_all();  // a workspace of its own, as another process would have
  ASSERT_TRUE(engine->catch_up());
  EXPECT_EQ(found(*engine, 77).front(), "a/new");

  const auto other = Workspace::open(options());
  ASSERT_EQ(*(*other)->catalog().delete_products({"a/2"}), 1);
  ASSERT_TRUE(engine->catch_up());
  const auto left = found(*engine, 2);
  EXPECT_EQ(std::count(left.begin(), left.end(), "a/2"), 0);
  EXPECT_EQ(left.size(), 4U);
}

TEST_F(EngineTest, ASnapshotOfAnotherStateIsCaughtUpAndOneOfAnotherCatalogueRebuilt) {
  for (uint32_t i = 0; i < 3; ++i) write_picture("a/" + std::to_string(i) + ".webp", i);
  import_all();
  open_engine();  // saves the snapshot when it goes
  ASSERT_TRUE(fs::exists(folder_ / "data/index.nzi"));
  write_picture("a/late.webp", 50);
  import_all();
  EXPECT_EQ(found(*open_engine(), 50).front(), "a/late");
  const auto foreign = *read_file(folder_ / "data/index.nzi");
  fs::remove_all(folder_ / "data");
  import_all();
  ASSERT_TRUE(write_file_atomic(folder_ / "data/index.nzi", foreign));
  EXPECT_EQ(found(*open_engine(), 50).front(), "a/late");
}

TEST_F(EngineTest, ASnapshotThatProvesDamagedOnlyWhenASearchReadsItIsRebuiltFromTheDatabase) {
  for (uint32_t i = 0; i < 100; ++i) write_picture("a/" + std::to_string(i) + ".webp", i);
  import_all();
  open_engine();
  const auto path = folder_ / "data/index.nzi";
  auto bytes = *read_file(path);
  SnapshotHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const Section vectors = decode_directory(std::span(bytes).subspan(header.directory_offset))->vectors;
  bytes[vectors.offset + vectors.bytes / 2] ^= std::byte{1};
  ASSERT_TRUE(write_file_atomic(path, bytes));
  const auto engine = open_engine();
  const auto photo = *encode_webp(drawn(2), 90);
  SearchQuery query;
  query.subject = PhotoSubject{photo};
  query.min_score = 0;
  const auto damaged = engine->search(query);
  EXPECT_TRUE(damaged || damaged.error().reason == "damaged_index");  // or the follower was faster
  ASSERT_TRUE(engine->catch_up());
  EXPECT_EQ(found(*engine, 2).front(), "a/2");
  EXPECT_EQ(found(*engine, 2).size(), 30U);
}

TEST_F(EngineTest, AHeadWorseThanTheServingOneIsNotSwitchedOnUnlessForced) {
  for (uint32_t i = 0; i < 6; ++i) write_picture((i < 3 ? "a/" : "b/") + std::to_string(i) + ".webp", i);
  import_all();
  auto workspace = Workspace::open(options());
  ASSERT_TRUE(workspace);
  ASSERT_TRUE(train_catalogue(**workspace, {}, nullptr, {}));
  Catalog& catalog = (*workspace)->catalog();
  auto row = *catalog.serving();
  const auto trained = catalog.head(*row.head);
  ASSERT_TRUE(trained);
  // The same head, said to have been better than any can be on these pictures.
  row.head = *catalog.save_head({trained->encoder_id, trained->blob, R"({"accuracy":1.5,"pictures":100000})"});
  ASSERT_TRUE(catalog.switch_serving(row));
  const auto kept = train_catalogue(**workspace, {}, nullptr, {});
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_FALSE(kept->switched);
  EXPECT_NE(kept->notes.back().find("--force"), std::string::npos);
  EXPECT_EQ(catalog.serving()->head, row.head);
  const auto forced = train_catalogue(**workspace, {.force = true}, nullptr, {});
  ASSERT_TRUE(forced);
  EXPECT_TRUE(forced->switched);
  EXPECT_NE(catalog.serving()->head, row.head);
}

// features: B3 B5
TEST_F(EngineTest, TrainingSwitchesTheHeadOnWhileTheEngineServes) {
  for (uint32_t i = 0; i < 6; ++i) write_picture((i < 3 ? "a/" : "b/") + std::to_string(i) + ".webp", i);
  import_all();
  const auto engine = open_engine();
  EXPECT_FALSE(engine->stats()->has_head);
  const auto workspace = Workspace::open(options());
  const auto report = train_catalogue(**workspace, {}, nullptr, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->categories, 2);
  ASSERT_TRUE(engine->catch_up());
  EXPECT_TRUE(engine->stats()->has_head);
  EXPECT_TRUE(train_catalogue(**workspace, {}, nullptr, {})->up_to_date);
  EXPECT_EQ(found(*engine, 4).size(), 6U);  // the gate is no wall
}

TEST_F(EngineTest, AnEmptyShopAnswersWithNothing) {
  const auto engine = open_engine();
  EXPECT_TRUE(found(*engine, 1).empty());
  EXPECT_TRUE(engine->categories("en")->empty());
  EXPECT_EQ(engine->products({})->page.total, 0);
  SearchQuery query;
  query.subject = ProductSubject{"nobody"};
  EXPECT_EQ(engine->search(query).error().code, ErrorCode::kNotFound);
}

TEST_F(EngineTest, BadQueriesAreRefusedBeforeAnyWork) {
  const auto engine = open_engine();
  const auto refused = [&engine](const std::function<void(SearchQuery&)>& spoil) {
    SearchQuery query;
    query.subject = VectorSubject{"x"};
    spoil(query);
    const auto answer = engine->search(query);
    return answer ? std::string("accepted") : answer.error().reason;
  };
  EXPECT_EQ(refused([](SearchQuery& q) { q.limit = 0; }), "bad_parameter");
  EXPECT_EQ(refused([](SearchQuery& q) { q.limit = 10000; }), "bad_parameter");
  EXPECT_EQ(refused([](SearchQuery& q) { q.offset = -1; }), "bad_parameter");
  EXPECT_EQ(refused([](SearchQuery& q) { q.min_score = 1.5; }), "bad_parameter");
  EXPECT_EQ(refused([](SearchQuery& q) { q.category = "no-such"; }), "unknown_category");
  EXPECT_EQ(refused([](SearchQuery& q) { q.crop = CropBox{}; }), "bad_crop");
  EXPECT_EQ(refused([](SearchQuery& q) { q.explain = true; }), "bad_parameter");  // 30 are too many to explain
  EXPECT_EQ(refused([](SearchQuery&) {}), "bad_vector");
}

TEST_F(EngineTest, ThumbnailsAreMadeOnceAndOnlyOfPicturesThatExist) {
  write_picture("a/0.webp", 1);
  import_all();
  const auto engine = open_engine();
  const std::string hash = engine->products({})->page.products.front().picture_hash;
  const auto thumbnail = engine->thumbnail(hash, 320);
  ASSERT_TRUE(thumbnail) << thumbnail.error().message;
  EXPECT_EQ(read_image_info(*thumbnail)->width, 100);  // never enlarged
  EXPECT_EQ(*engine->thumbnail(hash, 320), *thumbnail);
  EXPECT_EQ(engine->thumbnail(hash, 321).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(engine->thumbnail(std::string(64, 'a'), 320).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(engine->thumbnail("../../catalogue.db", 320).error().code, ErrorCode::kNotFound);
}

TEST_F(EngineTest, SampleNamesCannotReachOutsideTheirFolder) {
  const auto workspace = Workspace::open(options());
  ShopInfo shop;
  shop.name = "Shop";
  shop.samples = {{"one.webp", "A chair"}};
  shop.languages = {"en", "de"};
  ASSERT_TRUE(save_shop(**workspace, shop));
  const auto loaded = load_shop(**workspace);
  EXPECT_EQ(loaded->languages, shop.languages);
  EXPECT_EQ(loaded->samples.front().title, "A chair");
  EXPECT_EQ(open_engine()->sample_photo("../catalogue.db").error().code, ErrorCode::kNotFound);
}

TEST(ServingParameters, RoundTripAndDamage) {
  ServingParameters parameters;
  parameters.gate = {0.08, 0.98};
  parameters.min_score = 0.25;
  parameters.trained_seq = 42;
  const auto back = parse_serving_parameters(serving_parameters_json(parameters));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->gate.weight, 0.08);
  EXPECT_EQ(back->trained_seq, 42);
  EXPECT_EQ(parse_serving_parameters("[").error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(parse_serving_parameters("{}"));
}

}  // namespace
}  // namespace nozama
