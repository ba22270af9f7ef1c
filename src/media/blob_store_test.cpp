#include "media/blob_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/file.h"

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

TEST_P(BlobStoreContract, PuttingAgainKeepsTheFirstBytes) {
  ASSERT_TRUE(store_->put("again", as_byte_span("first")));
  ASSERT_TRUE(store_->put("again", as_byte_span("second")));
  EXPECT_EQ(as_text(*store_->get("again")), "first");
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

std::unique_ptr<BlobStore> open_local() {
  const fs::path root = fs::path(testing::TempDir()) / "nozama_blob_store";
  fs::remove_all(root);
  return *open_local_blob_store(root);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BlobStoreContract, testing::Values(StoreKind{"Local", open_local}), [](const auto& kind) { return kind.param.name; });

TEST(LocalBlobStore, APlaceThatCannotBeMadeIsNamed) {
  const auto store = open_local_blob_store("/proc/nozama");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("/proc/nozama"), std::string::npos);
}

}  // namespace
}  // namespace nozama
