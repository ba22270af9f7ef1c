// What waits is written, what finds no room is counted, what the database cannot take does not stop the rest.
#include "engine/activity_recorder.h"

#include <gtest/gtest.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

QueryRecord sample_query(const std::string& id) {
  QueryRecord query;
  query.id = id;
  query.time_ms = 1'000;
  return query;
}

class ActivityRecorderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store_.open({.create = true});
    ASSERT_TRUE(opened) << opened.error().message;
    catalog_ = std::move(*opened);
    ASSERT_TRUE(QueryLog(*catalog_).set_enabled(true));
  }

  SqliteStore store_;
  std::unique_ptr<Catalog> catalog_;
};

// features: H2
TEST_F(ActivityRecorderTest, WhatWaitsAtTheEndIsWritten) {
  {
    ActivityRecorder recorder(*catalog_);
    recorder.record(sample_query("one"));
    recorder.record(sample_query("two"));
    EXPECT_TRUE(recorder.record({ShopperEvent{"click", "chair", "one", 3, 2'000}}));
  }
  EXPECT_TRUE(QueryLog(*catalog_).query("one"));
  EXPECT_TRUE(QueryLog(*catalog_).query("two"));
  const auto events = QueryLog(*catalog_).events("one");
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().product_id, "chair");
  EXPECT_EQ(events->front().position, 3);
}

// features: H2
TEST_F(ActivityRecorderTest, WhatFindsNoRoomIsDroppedAndCounted) {
  ActivityRecorder recorder(*catalog_);
  EXPECT_FALSE(recorder.record(std::vector<ShopperEvent>(ActivityRecorder::kWaitingMax + 1)));
  EXPECT_EQ(recorder.figures().dropped, static_cast<int64_t>(ActivityRecorder::kWaitingMax) + 1);
  EXPECT_TRUE(recorder.record({ShopperEvent{"click", "chair", "", {}, 2'000}}));
}

// features: H2
TEST_F(ActivityRecorderTest, NothingIsKeptWhenItIsOff) {
  {
    ASSERT_TRUE(QueryLog(*catalog_).set_enabled(false));
    ActivityRecorder recorder(*catalog_);
    recorder.record(sample_query("one"));
    EXPECT_TRUE(recorder.record({ShopperEvent{"click", "chair", "one", 3, 2'000}}));
    EXPECT_EQ(recorder.figures().dropped, 0);
  }
  EXPECT_EQ(QueryLog(*catalog_).query("one").error().reason, "unknown_query");
  EXPECT_TRUE(catalog_->events("chair")->empty());
}

}  // namespace
}  // namespace nozama
