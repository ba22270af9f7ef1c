#include "media/blob_store.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "media/s3_for_test.h"

namespace nozama {
namespace {

namespace fs = std::filesystem;

struct StoreKind {
  const char* name;
  std::unique_ptr<BlobStore> (*open)();
};

// The contract that every store keeps; another kind of store joins the list at the bottom.
class BlobStoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (store_ == nullptr) GTEST_SKIP() << kNoS3ForTest;
  }

  std::unique_ptr<BlobStore> store_ = GetParam().open();
};

TEST_P(BlobStoreContract, WhatIsPutIsGotUntilItIsRemoved) {
  ASSERT_TRUE(store_->put("abc123", as_byte_span("picture")));
  EXPECT_EQ(as_text(*store_->get("abc123")), "picture");
  EXPECT_TRUE(*store_->exists("abc123"));
  ASSERT_TRUE(store_->remove("abc123"));
  ASSERT_TRUE(store_->remove("abc123"));
  EXPECT_FALSE(*store_->exists("abc123"));
  EXPECT_EQ(store_->get("abc123").error().reason, "unknown_picture");
}

TEST_P(BlobStoreContract, EveryKeyIsToldOnce) {
  std::vector<std::string> told;
  const auto list = [&](const std::string& key) {
    told.push_back(key);
    return Status{};
  };
  ASSERT_TRUE(store_->for_each_key([](const std::string& key) { return Status(fail(ErrorCode::kInternal, "some_key", key)); }));
  for (const std::string key : {"one", "two", "three-3.x"}) ASSERT_TRUE(store_->put(key, as_byte_span(key)));
  const Status listed = store_->for_each_key(list);
  ASSERT_TRUE(listed) << listed.error().message;
  std::ranges::sort(told);
  EXPECT_EQ(told, (std::vector<std::string>{"one", "three-3.x", "two"}));
  EXPECT_EQ(store_->for_each_key([](const std::string&) { return Status(fail(ErrorCode::kCancelled, "enough", "")); }).error().reason, "enough");
}

TEST_P(BlobStoreContract, PuttingAgainKeepsTheFirstBytes) {
  ASSERT_TRUE(store_->put("again", as_byte_span("first")));
  ASSERT_TRUE(store_->put("again", as_byte_span("second")));
  EXPECT_EQ(as_text(*store_->get("again")), "first");
}

TEST_P(BlobStoreContract, WhatIsPutUnflushedIsReadableAtOnceAndFlushedTogether) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(store_->put_unflushed("batch" + std::to_string(i), as_byte_span("picture " + std::to_string(i))));
  EXPECT_EQ(as_text(*store_->get("batch3")), "picture 3");
  EXPECT_TRUE(store_->flush());
  EXPECT_EQ(as_text(*store_->get("batch4")), "picture 4");
  EXPECT_EQ(store_->put_unflushed("../x", {}).error().reason, "bad_key");
}

TEST_P(BlobStoreContract, KeysThatCouldNameAnotherPlaceAreRefused) {
  for (const char* key : {"", "a", "..", "../x", "..abc", "a/b/c", "/etc/passwd", "ab\\c", "ABC", "a\nb", ".hidden"}) {
    EXPECT_EQ(store_->put(key, {}).error().reason, "bad_key") << key;
    EXPECT_EQ(store_->get(key).error().reason, "bad_key") << key;
    EXPECT_EQ(store_->remove(key).error().reason, "bad_key") << key;
  }
}

TEST_P(BlobStoreContract, ManyThreadsMayPutTheSameKey) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(store_->put("shared" + std::to_string(i), as_byte_span("the same")));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(as_text(*store_->get("shared" + std::to_string(i))), "the same");
}

fs::path local_root() { return fs::path(testing::TempDir()) / ("nozama_blob_store_" + std::to_string(::getpid())); }

// Empty, and gone with the process.
std::unique_ptr<BlobStore> open_local() {
  struct Cleaner {
    ~Cleaner() {
      std::error_code ignored;
      fs::remove_all(local_root(), ignored);
    }
  };
  static const Cleaner cleaner;
  fs::remove_all(local_root());
  return *open_local_blob_store(local_root());
}

INSTANTIATE_TEST_SUITE_P(Kinds, BlobStoreContract, testing::Values(StoreKind{"Local", open_local}, StoreKind{"S3", open_s3_for_test}),
                         [](const auto& kind) { return kind.param.name; });

TEST(LocalBlobStore, PicturesOutliveTheProgramAndAreSharedByTwo) {
  const auto first = open_local();
  const fs::path root = local_root();
  const auto second = open_local_blob_store(root);
  ASSERT_TRUE(first->put("abc", as_byte_span("one")));
  EXPECT_EQ(as_text(*(*second)->get("abc")), "one");
  ASSERT_TRUE((*second)->remove("abc"));
  EXPECT_FALSE(*first->exists("abc"));
  EXPECT_TRUE(first->put("abc", as_byte_span("two")));
  EXPECT_EQ(as_text(*(*open_local_blob_store(root))->get("abc")), "two");
}

TEST(LocalBlobStore, WhatACrashHasDamagedBeforeTheFlushIsStoredAgain) {
  const auto store = open_local();
  ASSERT_TRUE(store->put_unflushed("abc", as_byte_span("picture")));
  for (const char* left : {"", "pict", "pXcture", "picture and more"}) {
    ASSERT_TRUE(write_file_atomic(local_root() / "ab" / "abc", as_byte_span(left)));
    ASSERT_TRUE(store->put_unflushed("abc", as_byte_span("picture")));
    EXPECT_EQ(as_text(*store->get("abc")), "picture");
  }
}

TEST(LocalBlobStore, WhatAKilledWriteHasLeftIsRemovedWhenItIsOld) {
  const auto store = open_local();
  ASSERT_TRUE(store->put("abc123", as_byte_span("picture")));
  const fs::path folder = local_root() / "ab", old = folder / ".abd456.1.0.tmp", young = folder / ".abe789.1.0.tmp";
  for (const fs::path& path : {old, young}) ASSERT_TRUE(write_file_atomic(path, as_byte_span("half a pict")));
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  fs::last_write_time(folder / "abc123", fs::file_time_type::clock::now() - std::chrono::hours(2));
  store->remove_leftovers();
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_EQ(as_text(*store->get("abc123")), "picture");
}

TEST(LocalBlobStore, AWriteThatFailsLeavesNothingBehind) {
  const auto store = open_local();
  ASSERT_TRUE(store->put("before", as_byte_span("kept")));
  // Files above 4 KiB cannot be written, as on a disk that fails in the middle.
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small = {4096, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status written = store->put("large", std::vector<std::byte>(100'000));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(*store->exists("large"));
  EXPECT_EQ(as_text(*store->get("before")), "kept");
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(local_root())) files += entry.is_regular_file() ? 1 : 0;
  EXPECT_EQ(files, 1U) << "no half-written file";
  EXPECT_TRUE(store->put("large", std::vector<std::byte>(100'000))) << "and it works again";
}

// In a process of its own, which sees a disk of 64 KiB at the store's place. 0 = as promised, 77 = such a disk cannot be had here.
int fill_a_small_disk(const fs::path& root) {
  const bool own_mounts = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  if (!own_mounts || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("tmpfs", root.c_str(), "tmpfs", 0, "size=64k") != 0) return 77;
  const auto store = open_local_blob_store(root);
  if (!store) return 1;
  const std::vector<std::byte> picture(10'000, std::byte{7});
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key" + std::to_string(i);
    const Status put = (*store)->put(key, picture);
    if (put) continue;
    if (put.error().reason != "disk_full" || put.error().code != ErrorCode::kUnavailable) return 2;
    if (*(*store)->exists(key) || *(*store)->get("key0") != picture) return 3;
    if (!(*store)->remove("key0") || !(*store)->put(key, picture)) return 4;  // room again
    return 0;
  }
  return 5;
}

TEST(LocalBlobStore, AFullDiskIsSaidAndThePicturesBeforeAreKept) {
  open_local();
  const fs::path root = local_root();  // named after this process, not the next
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fill_a_small_disk(root));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no small disk can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(LocalBlobStore, APlaceThatCannotBeMadeIsNamed) {
  const auto store = open_local_blob_store("/proc/nozama");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("/proc/nozama"), std::string::npos);
}

}  // namespace
}  // namespace nozama
