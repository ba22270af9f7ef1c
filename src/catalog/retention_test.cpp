#include "catalog/retention.h"

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

class RetentionContract : public CatalogContract {};

TEST_P(RetentionContract, WhatIsOlderGoesAndTheRestStays) {
  std::vector<EventRecord> events;
  for (int i = 0; i < 2500; ++i)
    events.push_back({.kind = "review", .product_id = "chair", .actor_id = "actor-" + std::to_string(i), .value = 5, .time_ms = i});
  ASSERT_TRUE(catalog_->save_events(events));
  EXPECT_EQ(*forget_events_before(*catalog_, 2400), 2400);
  const auto left = catalog_->events("chair");
  ASSERT_TRUE(left);
  ASSERT_EQ(left->size(), 100);
  EXPECT_EQ(left->front().time_ms, 2400);
  EXPECT_EQ(*forget_events_before(*catalog_, 2400), 0);
}

NOZAMA_ON_EVERY_STORE(RetentionContract);

}  // namespace
}  // namespace nozama
