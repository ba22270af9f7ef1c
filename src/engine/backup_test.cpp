#include "engine/backup.h"

#include <gtest/gtest.h>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/scratch_dir_for_test.h"
#include "catalog/catalog.h"
#include "catalog/picture_hashes.h"
#include "catalog/store_for_test.h"
#include "media/blob_store.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

// Products of two pictures each; a picture's bytes are its name.
void add_products(Workspace& shop, const std::vector<std::string>& ids) {
  const ProductBatch batch = sample_batch(ids);
  for (const std::string& id : ids) {
    for (const std::string side : {"-front", "-side"}) ASSERT_TRUE(shop.pictures().put(hash_of(id + side), as_byte_span(id + side)));
  }
  const auto stored = shop.catalog().upsert(batch);
  ASSERT_TRUE(stored) << stored.error().message;
}

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    shop_ = open(live());
    add_products(*shop_, {"chair", "table"});
    fs::create_directories(live() / "samples");
    ASSERT_TRUE(write_file_atomic(live() / "samples/shoe.webp", as_byte_span("a sample")));
  }

  fs::path live() const { return scratch_.path() / "live"; }
  fs::path backup() const { return scratch_.path() / "backup"; }
  fs::path restored() const { return scratch_.path() / "restored"; }

  static std::unique_ptr<Workspace> open(const fs::path& data) {
    auto workspace = Workspace::open({.data_dir = data, .create = true});
    EXPECT_TRUE(workspace) << workspace.error().message;
    return std::move(*workspace);
  }

  Result<BackupReport> back_up_now(const BackupRun& run = {}) { return back_up(*shop_, backup(), run); }
  Result<BackupReport> restore_now(const BackupRun& run = {}) const { return restore_backup(backup(), {.data_dir = restored()}, run); }

  // Stops the run when it tells of `stage`.
  static Result<BackupReport> stopped_at(std::string_view stage, const std::function<Result<BackupReport>(const BackupRun&)>& work) {
    std::stop_source stop;
    return work({.progress =
                     [&](std::string_view now, int64_t, int64_t) {
                       if (now == stage) stop.request_stop();
                     },
                 .stop = stop.get_token()});
  }

  static std::vector<std::string> missing_pictures(Workspace& shop) {
    std::vector<std::string> missing;
    EXPECT_TRUE(for_each_picture_hash(shop.catalog(), [&](const std::string& hash) {
      const auto bytes = shop.pictures().get(hash);
      if (!bytes || content_hash(*bytes) != hash) missing.push_back(hash);
      return Status{};
    }));
    return missing;
  }

  static void flip_a_byte(const fs::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(fs::file_size(path) / 2));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(fs::file_size(path) / 2));
    file.put(byte);
  }

  static fs::path picture_file(const fs::path& root, const std::string& hash) { return root / "pictures" / hash.substr(0, 2) / hash; }

  ScratchDir scratch_;
  std::unique_ptr<Workspace> shop_;
};

// features: I7
TEST_F(BackupTest, ARestoredShopIsTheOneThatWasBackedUp) {
  const auto made = back_up_now();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->manifest.products, 2);
  EXPECT_EQ(made->pictures_copied, 4);
  add_products(*shop_, {"later"});
  const auto done = restore_now();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->lost.empty());
  const auto copy = open(restored());
  EXPECT_EQ(copy->catalog().catalogue_id(), shop_->catalog().catalogue_id());
  EXPECT_EQ(copy->catalog().product("chair", "de")->card.title, "Eichenstuhl");
  EXPECT_EQ(copy->catalog().product("later", "en").error().reason, "unknown_product");
  EXPECT_TRUE(copy->catalog().check()->empty());
  EXPECT_TRUE(missing_pictures(*copy).empty());
  EXPECT_EQ(*read_text_file(restored() / "samples/shoe.webp"), "a sample");
}

// features: I7
TEST_F(BackupTest, TheSecondTimeOnlyWhatIsNewIsCopied) {
  ASSERT_TRUE(back_up_now());
  add_products(*shop_, {"lamp"});
  ASSERT_TRUE(shop_->catalog().delete_products({"table"}));
  const auto again = back_up_now();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->pictures_kept, 2);
  EXPECT_EQ(again->pictures_copied, 2);
  EXPECT_EQ(again->pictures_removed, 2) << "of the table, which no product has any more";
  int databases = 0;
  for (const auto& entry : fs::directory_iterator(backup())) databases += entry.path().extension() == ".db" ? 1 : 0;
  EXPECT_EQ(databases, 1);
  ASSERT_TRUE(restore_now());
  EXPECT_TRUE(missing_pictures(*open(restored())).empty());
}

// features: I7
TEST_F(BackupTest, WhileProductsComeTheCopyIsOneStateWithAllItsPictures) {
  std::atomic<bool> over = false;
  std::thread writer([&] {
    for (int i = 0; !over; ++i) add_products(*shop_, {"new-" + std::to_string(i)});
  });
  for (int round = 0; round < 4; ++round) {
    const auto made = back_up_now();
    EXPECT_TRUE(made) << made.error().message;
    fs::remove_all(restored());
    const auto done = restore_now();
    EXPECT_TRUE(done && done->lost.empty());
    const auto copy = open(restored());
    EXPECT_EQ(copy->catalog().stats()->products, made->manifest.products);
    EXPECT_EQ(copy->catalog().stats()->change_seq, made->manifest.change_seq);
    EXPECT_TRUE(missing_pictures(*copy).empty());
  }
  over = true;
  writer.join();
}

TEST_F(BackupTest, AnInterruptedBackupLeavesTheEarlierOne) {
  EXPECT_EQ(stopped_at("database", [this](const BackupRun& run) { return back_up_now(run); }).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(restore_now().error().reason, "no_backup") << "the first one did not end";
  ASSERT_TRUE(back_up_now());
  add_products(*shop_, {"lamp"});
  EXPECT_EQ(stopped_at("pictures", [this](const BackupRun& run) { return back_up_now(run); }).error().code, ErrorCode::kCancelled);
  const auto done = restore_now();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->manifest.products, 2);
  EXPECT_EQ(back_up_now()->manifest.products, 3);
}

TEST_F(BackupTest, PicturesOfARunThatDiedAreNotTrusted) {
  ASSERT_TRUE(back_up_now());
  ASSERT_TRUE(write_file_atomic(backup() / ".unfinished", {}));
  std::ofstream(picture_file(backup(), hash_of("chair-front")), std::ios::trunc);
  const auto again = back_up_now();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->pictures_copied, 4);
  ASSERT_TRUE(restore_now());
  EXPECT_TRUE(missing_pictures(*open(restored())).empty());
}

TEST_F(BackupTest, NothingIsOverwritten) {
  ASSERT_TRUE(back_up_now());
  EXPECT_EQ(restore_backup(backup(), {.data_dir = live()}, {}).error().reason, "data_directory_in_use");
  fs::create_directories(restored());
  std::ofstream(restored() / "my-notes.txt") << "mine";
  EXPECT_EQ(restore_now().error().reason, "data_directory_in_use");
  EXPECT_FALSE(fs::exists(restored() / "catalogue.db"));
  EXPECT_EQ(back_up(*shop_, live(), {}).error().reason, "not_a_backup_folder");
  fs::remove(restored() / "my-notes.txt");
  EXPECT_TRUE(restore_now()) << "an empty folder, such as a disk's, will do";
}

TEST_F(BackupTest, AnInterruptedRestoreIsNoShopAndIsTakenUpAgain) {
  ASSERT_TRUE(back_up_now());
  const auto stopped = stopped_at("database", [this](const BackupRun& run) { return restore_now(run); });
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(Workspace::open({.data_dir = restored()}).error().reason, "no_catalogue");
  const auto done = restore_now();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(missing_pictures(*open(restored())).empty());
}

TEST_F(BackupTest, DamageIsToldAndADamagedDatabaseIsNotRestored) {
  const auto made = back_up_now();
  ASSERT_TRUE(made);
  flip_a_byte(picture_file(backup(), hash_of("chair-front")));
  const auto done = restore_now();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->lost, std::vector<std::string>{hash_of("chair-front")});
  EXPECT_EQ(done->pictures_copied, 3);
  fs::remove_all(restored());
  flip_a_byte(backup() / made->manifest.database_file);
  EXPECT_EQ(restore_now().error().reason, "backup_damaged");
  EXPECT_FALSE(fs::exists(restored() / "catalogue.db"));
}

TEST_F(BackupTest, WhatTheShopItselfHasLostIsTold) {
  fs::remove(picture_file(live(), hash_of("chair-front")));
  flip_a_byte(picture_file(live(), hash_of("table-side")));
  const auto made = back_up_now();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->lost.size(), 2);
  EXPECT_EQ(restore_now()->lost.size(), 2);
}

TEST_F(BackupTest, NoByteOfAManifestCanMakeHarm) {
  ASSERT_TRUE(back_up_now());
  const std::string sound = *read_text_file(backup() / BackupManifest::kFileName);
  for (size_t i = 0; i < sound.size(); ++i) {
    std::string damaged = sound;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    ASSERT_TRUE(write_file_unflushed(backup() / BackupManifest::kFileName, as_byte_span(damaged)));
    const auto read = read_manifest(backup());
    if (!read) {
      EXPECT_TRUE(read.error().reason == "bad_manifest" || read.error().reason == "newer_backup") << read.error().message;
    }
  }
  for (const std::string path : {"../outside", "/etc/passwd", "samples/../../x"}) {
    BackupManifest manifest = {.database_file = "catalogue-1.db", .files = {{.path = path}}};
    ASSERT_TRUE(write_manifest(backup(), manifest));
    EXPECT_EQ(read_manifest(backup()).error().reason, "bad_manifest") << path;
  }
}

TEST_F(BackupTest, OneAtATimeInAFolder) {
  Result<BackupReport> second;
  ASSERT_TRUE(back_up_now({.progress = [&](std::string_view, int64_t, int64_t) { second = back_up(*shop_, backup(), {}); }}));
  EXPECT_EQ(second.error().reason, "backup_running");
}

}  // namespace
}  // namespace nozama
