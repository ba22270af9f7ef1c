#include "engine/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "base/file.h"
#include "base/scratch_dir_for_test.h"
#include "catalog/catalog.h"
#include "catalog/store_for_test.h"
#include "engine/live_index.h"
#include "image/encode.h"
#include "media/blob_store.h"
#include "model/encoder.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;
using Level = DoctorFinding::Level;
using testing::HasSubstr;

// A shop whose parts are damaged one after the other. Its vectors are made up: no network runs.
class DoctorTest : public testing::Test {
 protected:
  void SetUp() override {
    // One bundle only: the doctor reads all bytes of every one.
    fs::create_directories(scratch_.path() / "models");
    fs::create_directory_symlink(fs::path(NOZAMA_SOURCE_DIR) / "build/models/efficientnet-lite1", scratch_.path() / "models/efficientnet-lite1");
    place_ = {.data_dir = scratch_.path() / "data", .models_dir = scratch_.path() / "models"};
    WorkspaceOptions making = place_;
    making.create = true;
    auto shop = Workspace::open(making);
    ASSERT_TRUE(shop) << shop.error().message;
    // Compiled once for all tests.
    static const ScratchDir networks;
    fs::create_directory_symlink(networks.path(), place_.data_dir / "model-cache");
    const auto encoder = (*shop)->open_bundle("efficientnet-lite1", EncoderOptions::PrecisionChoice::kF32);
    ASSERT_TRUE(encoder) << encoder.error().message;
    ProductBatch batch;
    batch.encoder_id = encoder->id;
    for (const std::string id : {"chair", "table", "lamp"}) {
      const fs::path source = scratch_.path() / (id + ".png");
      ASSERT_TRUE(write_file_atomic(source, as_byte_span("picture of a " + id)));
      ProductRecord record = sample_product(id);
      record.pictures = {sample_picture("picture of a " + id)};
      record.pictures[0].source_ref = source.string();
      batch.embeddings.push_back(sample_embedding("picture of a " + id, 1.0F, static_cast<size_t>(encoder->encoder->info().embedding_dim)));
      batch.products.push_back(record);
      ASSERT_TRUE((*shop)->pictures().put(record.pictures[0].content_hash, as_byte_span("picture of a " + id)));
    }
    ASSERT_TRUE((*shop)->catalog().upsert(batch));
    ServingRow serving = *(*shop)->catalog().serving();
    serving.encoder_id = encoder->id;
    ASSERT_TRUE((*shop)->catalog().switch_serving(serving));
    ASSERT_TRUE((*shop)->thumbnails().put(lamp() + "-w160.webp", *encode_webp(make_image(8, 8), 80)));
    ASSERT_TRUE(LiveIndex::open(**shop));  // leaves a snapshot
  }

  static std::string lamp() { return hash_of("picture of a lamp"); }
  fs::path data() const { return place_.data_dir; }
  fs::path picture_file() const { return data() / "pictures" / lamp().substr(0, 2) / lamp(); }

  DoctorFinding find(const std::string& check, const DoctorOptions& options = {}) const {
    for (const DoctorFinding& finding : examine(place_, options)) {
      if (finding.check == check) return finding;
    }
    return {Level::kProblem, check, "not examined"};
  }

  void expect_healthy() const {
    for (const DoctorFinding& finding : examine(place_, {.all_pictures = true})) {
      EXPECT_EQ(finding.level == Level::kProblem || finding.level == Level::kRepaired, false) << finding.check << ": " << finding.detail;
    }
  }

  // Found, mended, and then well.
  void expect_mended(const std::string& check, Level found, const std::string& words) const {
    const DoctorFinding before = find(check);
    EXPECT_EQ(before.level, found) << before.detail;
    EXPECT_THAT(before.detail, HasSubstr(words));
    EXPECT_THAT(before.detail, HasSubstr("--repair"));
    const DoctorFinding mended = find(check, {.repair = true});
    EXPECT_EQ(mended.level, Level::kRepaired) << mended.detail;
    EXPECT_EQ(find(check).level, Level::kOk) << find(check).detail;
    expect_healthy();
  }

  static void flip_a_byte(const fs::path& path, size_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  ScratchDir scratch_;
  WorkspaceOptions place_;
};

TEST_F(DoctorTest, AWellShopHasNoFindings) {
  expect_healthy();
  EXPECT_EQ(find("index").detail, "3 products, 3 pictures at change 4");
  EXPECT_THAT(find("pictures").detail, HasSubstr("3 are all there, 3 of them compared"));
  EXPECT_EQ(find("clock").level, Level::kOk);
}

TEST_F(DoctorTest, ALostPictureIsReadAgainFromWhereItCame) {
  fs::remove(picture_file());
  expect_mended("pictures", Level::kProblem, "1 are missing and 0 damaged");
}

TEST_F(DoctorTest, ADamagedPictureIsReadAgainFromWhereItCame) {
  flip_a_byte(picture_file(), 3);
  expect_mended("pictures", Level::kProblem, "0 are missing and 1 damaged");
}

TEST_F(DoctorTest, APictureWhoseSourceIsAnotherByNowIsAMatterForTheBackup) {
  fs::remove(picture_file());
  ASSERT_TRUE(write_file_atomic(scratch_.path() / "lamp.png", as_byte_span("another lamp")));
  const DoctorFinding finding = find("pictures", {.repair = true});
  EXPECT_EQ(finding.level, Level::kProblem);
  EXPECT_THAT(finding.detail, HasSubstr("from a backup"));
  EXPECT_FALSE(fs::exists(picture_file()));
}

TEST_F(DoctorTest, EachByteOfTheSnapshotIsCompared) {
  const auto size = fs::file_size(data() / "index.nzi");
  for (const size_t at : {size_t{3}, size / 2, size - 9}) {
    flip_a_byte(data() / "index.nzi", at);
    const DoctorFinding found = find("index");
    if (found.level == Level::kOk) {
      flip_a_byte(data() / "index.nzi", at);  // a byte between two parts, which nobody reads
      continue;
    }
    expect_mended("index", Level::kWarning, "");
  }
}

TEST_F(DoctorTest, ASnapshotThatLacksProductsIsBuiltAgain) {
  auto loaded = load_embedded_index(data() / "index.nzi");
  ASSERT_TRUE(loaded);
  loaded->index->remove(std::array{ProductId{1}});
  ASSERT_TRUE(loaded->index->save(data() / "index.nzi", loaded->stamp));
  expect_mended("index", Level::kWarning, "2 products");
}

TEST_F(DoctorTest, ASnapshotOfTheFutureOrOfAnotherShopIsBuiltAgain) {
  auto loaded = load_embedded_index(data() / "index.nzi");
  ASSERT_TRUE(loaded);
  IndexStamp stamp = loaded->stamp;
  stamp.seq += 100;
  ASSERT_TRUE(loaded->index->save(data() / "index.nzi", stamp));
  expect_mended("index", Level::kWarning, "at change 104");
  stamp = loaded->stamp;
  stamp.catalogue_id = "another";
  ASSERT_TRUE(loaded->index->save(data() / "index.nzi", stamp));
  expect_mended("index", Level::kWarning, "another catalogue");
}

TEST_F(DoctorTest, DamagedAndStaleThumbnailsAreRemoved) {
  const fs::path thumbnail = data() / "thumbnails" / lamp().substr(0, 2) / (lamp() + "-w160.webp");
  ASSERT_TRUE(fs::exists(thumbnail));
  fs::resize_file(thumbnail, 10);
  expect_mended("thumbnails", Level::kWarning, "1 of 1 are damaged");
  EXPECT_FALSE(fs::exists(thumbnail));
}

TEST_F(DoctorTest, LeftoversOfTheDeadAreRemovedAndThoseOfTheLivingStay) {
  const fs::path old = picture_file().parent_path() / ".abc.1.0.tmp", young = picture_file().parent_path() / ".abc.1.1.tmp";
  for (const fs::path& path : {old, young}) std::ofstream(path) << "half";
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  expect_mended("leftovers", Level::kWarning, "1 temporary files");
  EXPECT_TRUE(fs::exists(young));
}

TEST_F(DoctorTest, OriginalsThatNobodyNamesAreToldAndKept) {
  ASSERT_TRUE((*Workspace::open(place_))->pictures().put(hash_of("orphan"), as_byte_span("orphan")));
  EXPECT_EQ(find("orphans", {.repair = true}).level, Level::kOk);
  EXPECT_THAT(find("orphans").detail, HasSubstr("1 originals"));
}

TEST_F(DoctorTest, AProductFromTheFutureTellsOfAClock) {
  auto db = sql::open_sqlite(data() / "catalogue.db", sql::Access::kWrite, {});
  ASSERT_TRUE((*db)->run_schema("UPDATE product SET updated_ms = updated_ms + 86400000"));
  EXPECT_EQ(find("clock").level, Level::kWarning);
  EXPECT_THAT(find("clock").detail, HasSubstr("NTP"));
}

TEST_F(DoctorTest, ADamagedDatabaseIsAProblem) {
  std::fstream file(data() / "catalogue.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8192 * 3);
  file << std::string(8192 * 4, 'x');
  file.close();
  EXPECT_EQ(find("database").level, Level::kProblem);
}

TEST_F(DoctorTest, ABundleThatIsNotWhatItsManifestSaysIsAProblem) {
  fs::create_directories(scratch_.path() / "own");
  fs::copy(fs::canonical(place_.models_dir / "efficientnet-lite1"), scratch_.path() / "own/efficientnet-lite1", fs::copy_options::recursive);
  place_.models_dir = scratch_.path() / "own";
  expect_healthy();
  for (const auto& entry : fs::directory_iterator(place_.models_dir / "efficientnet-lite1")) {
    if (entry.path().extension() == ".bin" || entry.path().extension() == ".onnx") flip_a_byte(entry.path(), 1000);
  }
  EXPECT_EQ(find("model").level, Level::kProblem) << find("model").detail;
}

}  // namespace
}  // namespace nozama
