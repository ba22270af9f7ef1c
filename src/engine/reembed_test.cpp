#include "engine/reembed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "catalog/catalog.h"
#include "engine/engine.h"
#include "engine/import.h"
#include "engine/live_index.h"
#include "engine/training.h"
#include "engine/workspace.h"
#include "image/encode.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLite1 = "efficientnet-lite1@3/f32";
constexpr const char* kLite0 = "efficientnet-lite0@3/f32";

Image blocks(uint32_t seed) {
  Image image = make_image(96, 96);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const uint32_t cell = (seed * 64 + static_cast<uint32_t>(y / 12 * 8 + x / 12) + 1) * 2654435761U;
      for (int c = 0; c < 3; ++c) image.row(y)[x * 3 + c] = static_cast<uint8_t>(cell >> (8 * c + 4));
    }
  }
  return image;
}

// A shop of drawn pictures embedded by the real Lite1, to be changed over to the real Lite0.
class ReembedTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("nozama_reembed_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    for (uint32_t i = 0; i < kPictures; ++i) write_picture((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + ".webp", i);
    import_all();
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::unique_ptr<Workspace> open() const {
    WorkspaceOptions options;
    options.data_dir = folder_ / "data";
    options.models_dir = fs::path(NOZAMA_SOURCE_DIR) / "build/models";
    options.precision = Precision::kF32;
    options.create = true;
    auto workspace = Workspace::open(options);
    EXPECT_TRUE(workspace) << workspace.error().message;
    return std::move(*workspace);
  }

  void write_picture(const std::string& name, uint32_t seed) {
    fs::create_directories((folder_ / "feed" / name).parent_path());
    ASSERT_TRUE(write_file_atomic(folder_ / "feed" / name, *encode_webp(blocks(seed), 90)));
  }

  void import_all() {
    const auto report = import_feed(*open(), {.source = folder_ / "feed"}, nullptr, {});
    ASSERT_TRUE(report) << report.error().message;
  }

  static Result<ReembedReport> use(Workspace& workspace, const std::string& bundle, const ReembedProgress& progress = nullptr, std::stop_token stop = {}) {
    return change_encoder(workspace, {.bundle = bundle, .precision = Precision::kF32}, progress, std::move(stop));
  }

  // The first product found for the picture, and the answer's query vector.
  static std::pair<std::string, std::string> search(Engine& engine, uint32_t seed) {
    const auto photo = *encode_webp(blocks(seed), 90);
    SearchQuery query;
    query.subject = PhotoSubject{photo};
    query.min_score = 0;
    const auto answer = engine.search(query);
    if (!answer) return {"error: " + answer.error().message, ""};
    return {answer->results.empty() ? "nothing" : answer->results.front().product.external_id, answer->vector};
  }

  static constexpr uint32_t kPictures = 70;  // more than one page
  fs::path folder_;
};

TEST_F(ReembedTest, AnotherEncoderServesWhenEveryPictureIsEmbeddedAndGoingBackEmbedsNothing) {
  const auto workspace = open();
  ASSERT_TRUE(train_catalogue(*workspace, {}, nullptr, {}));
  const ServingRow before = *workspace->catalog().serving();
  const auto there = use(*workspace, "efficientnet-lite0");
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_TRUE(there->switched && there->learned);
  EXPECT_EQ(there->from, kLite1);
  EXPECT_EQ(there->embedded, kPictures);
  const ServingRow after = *workspace->catalog().serving();
  EXPECT_EQ(after.encoder_id, kLite0);
  EXPECT_TRUE(after.head);
  EXPECT_NE(after.head, before.head);
  EXPECT_EQ(search(**Engine::open(open()), 3).first, "b/3");

  const auto again = use(*workspace, "efficientnet-lite0");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->switched);
  EXPECT_EQ(again->embedded, 0);

  const auto back = use(*workspace, "efficientnet-lite1");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->switched);
  EXPECT_FALSE(back->learned);
  EXPECT_EQ(back->embedded, 0);
  EXPECT_EQ(workspace->catalog().serving()->head, before.head);
}

TEST_F(ReembedTest, AnInterruptedChangeLeavesTheOldEncoderServingAndResumesWhereItStopped) {
  const auto workspace = open();
  std::stop_source stop;
  const auto interrupted = use(*workspace, "efficientnet-lite0", [&stop](std::string_view, int64_t, int64_t) { stop.request_stop(); }, stop.get_token());
  ASSERT_TRUE(interrupted) << interrupted.error().message;
  EXPECT_FALSE(interrupted->complete);
  EXPECT_FALSE(interrupted->switched);
  EXPECT_GT(interrupted->embedded, 0);
  EXPECT_EQ(workspace->catalog().serving()->encoder_id, kLite1);
  EXPECT_EQ(*workspace->catalog().embedding_count(kLite0), interrupted->embedded);
  EXPECT_EQ(search(**Engine::open(open()), 5).first, "b/5");

  // Without a precision: that of the interrupted change, not one measured now.
  const auto resumed = change_encoder(*workspace, {.bundle = "efficientnet-lite0", .precision = std::nullopt}, nullptr, {});
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(resumed->to, kLite0);
  EXPECT_EQ(interrupted->embedded + resumed->embedded, kPictures);
  EXPECT_TRUE(resumed->switched);
}

TEST_F(ReembedTest, WhatIsImportedMeanwhileIsThereAfterTheSwitch) {
  const auto workspace = open();
  std::atomic<bool> imported = false;
  const auto report = use(*workspace, "efficientnet-lite0", [&](std::string_view stage, int64_t, int64_t) {
    // When everything seems to be there, and before the switch.
    if (stage != "category head" || imported.exchange(true)) return;
    write_picture("a/late.webp", 500);
    import_all();
  });
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(imported);
  EXPECT_EQ(report->embedded, kPictures + 1);
  EXPECT_TRUE(workspace->catalog().pictures_without_embedding(kLite0, {0}, 1)->empty());
  EXPECT_EQ(search(**Engine::open(open()), 500).first, "a/late");
}

TEST_F(ReembedTest, AnImportThatHoldsTheOldEncoderStopsAndTheSameImportTakesUpTheRest) {
  const auto workspace = open();
  for (uint32_t i = 0; i < 200; ++i) write_picture("c/" + std::to_string(i) + ".webp", 1000 + i);
  bool switched = false;
  const auto report = import_feed(*workspace, {.source = folder_ / "feed"},
                                  [&](const ImportProgress&) {
                                    if (std::exchange(switched, true)) return;
                                    ServingRow row{.encoder_id = kLite0};
                                    ASSERT_TRUE(open()->catalog().switch_serving(row));
                                  },
                                  {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().reason, "encoder_switched");
  import_all();
  EXPECT_TRUE(workspace->catalog().pictures_without_embedding(kLite1, {0}, 1000)->size() > 0);
  const auto repaired = use(*workspace, "efficientnet-lite0");
  ASSERT_TRUE(repaired);
  EXPECT_TRUE(workspace->catalog().pictures_without_embedding(kLite0, {0}, 1)->empty());
}

TEST_F(ReembedTest, APictureThatCannotBeReadIsReportedAndStopsNothing) {
  const auto workspace = open();
  const auto pictures = workspace->catalog().pictures_without_embedding(kLite0, {0}, 2);
  ASSERT_TRUE(workspace->pictures().remove(pictures->front().content_hash));
  const auto report = use(*workspace, "efficientnet-lite0");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->switched);
  EXPECT_EQ(report->failed, 1);
  EXPECT_EQ(report->embedded, kPictures - 1);
  ASSERT_EQ(report->faults.size(), 1U);
  EXPECT_EQ(report->faults.front().reason, "unknown_picture");
  EXPECT_NE(report->faults.front().message.find(pictures->front().source_ref), std::string::npos);
}

TEST_F(ReembedTest, WithoutAnyOriginalTheOldEncoderServesOn) {
  const auto workspace = open();
  fs::remove_all(folder_ / "data/pictures");
  const auto report = use(*workspace, "efficientnet-lite0");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().reason, "originals_missing");
  EXPECT_EQ(workspace->catalog().serving()->encoder_id, kLite1);
}

TEST_F(ReembedTest, SearchesNeverFailWhileAServingEngineFollowsTheSwitch) {
  const auto engine = *Engine::open(open());
  const std::string old_vector = search(*engine, 4).second;
  std::atomic<bool> done = false;
  std::atomic<int> searches = 0;
  std::vector<std::string> wrong;
  std::thread shopper([&] {
    for (uint32_t i = 0; !done; i = (i + 1) % kPictures) {
      const std::string found = search(*engine, i).first;
      if (found != (i % 2 == 0 ? "a/" : "b/") + std::to_string(i)) wrong.push_back(std::to_string(i) + ": " + found);
      ++searches;
    }
  });
  const auto report = use(*open(), "efficientnet-lite0");
  EXPECT_TRUE(report && report->switched);
  EXPECT_TRUE(engine->catch_up());
  const int before = searches;
  while (searches < before + 5) std::this_thread::yield();
  done = true;
  shopper.join();
  EXPECT_TRUE(wrong.empty()) << wrong.size() << " of " << searches << ", such as " << wrong.front();
  EXPECT_EQ(engine->stats()->encoder_id, kLite0);
  SearchQuery query;
  query.subject = VectorSubject{old_vector};
  EXPECT_EQ(engine->search(query).error().reason, "stale_vector");
}

TEST_F(ReembedTest, PruningRemovesWhatNothingServesAndOnlyThat) {
  const auto workspace = open();
  ASSERT_TRUE(train_catalogue(*workspace, {}, nullptr, {}));
  const auto report = change_encoder(*workspace, {.bundle = "efficientnet-lite0", .precision = Precision::kF32, .prune = true}, nullptr, {});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(report->pruned);
  EXPECT_EQ(report->pruned->embeddings, kPictures);
  EXPECT_EQ(report->pruned->encoder_ids, std::vector<std::string>{kLite1});
  EXPECT_EQ(report->pruned->heads, 1);
  EXPECT_EQ(workspace->catalog().unused_models()->bytes, 0);
  EXPECT_EQ(*workspace->catalog().embedding_count(kLite1), 0);
  EXPECT_EQ(*workspace->catalog().embedding_count(kLite0), kPictures);
  EXPECT_EQ(search(**Engine::open(open()), 6).first, "a/6");
  const auto back = use(*workspace, "efficientnet-lite1");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->embedded, kPictures);
  EXPECT_TRUE(back->learned);
}

TEST_F(ReembedTest, AnUnknownBundleOrPrecisionChangesNothing) {
  const auto workspace = open();
  EXPECT_EQ(use(*workspace, "no-such-bundle").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(workspace->catalog().serving()->encoder_id, kLite1);
  EXPECT_TRUE(workspace->catalog().jobs(10)->front().kind != "reembed");
}

}  // namespace
}  // namespace nozama
