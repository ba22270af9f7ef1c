// Webhooks and their deliveries, on every database.
#include "catalog/webhooks.h"

#include <gmock/gmock.h>

#include "catalog/store_for_test.h"

namespace nozama {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kMinuteMs = 60'000;

class WebhookContract : public CatalogContract {
 protected:
  JobRecord end_a_job(JobState state) {
    const auto job = catalog_->begin_job({.kind = "import", .source = "feed.csv", .owner = make_lease_owner()});
    EXPECT_TRUE(job) << job.error().message;
    EXPECT_TRUE(catalog_->finish_job(job->id, job->owner, state, "done"));
    return *job;
  }
};
NOZAMA_ON_EVERY_STORE(WebhookContract);

// features: D1
TEST_P(WebhookContract, TheEndOfAJobIsToldToEveryWebhookOnce) {
  WebhookStore store(*catalog_);
  const Webhook first = *store.create("https://one.example/hook"), second = *store.create("https://two.example/hook");
  EXPECT_TRUE(first.secret.starts_with("whsec_"));
  EXPECT_NE(first.secret, second.secret);
  const JobRecord job = end_a_job(JobState::kDone);

  const auto one = store.take_due(kMinuteMs), two = store.take_due(kMinuteMs);
  ASSERT_TRUE(one && *one && two && *two);
  EXPECT_EQ((*one)->webhook.url, first.url);
  EXPECT_EQ((*one)->webhook.secret, first.secret);
  EXPECT_EQ((*two)->webhook.url, second.url);
  EXPECT_EQ((*one)->delivery.type, "job.done");
  EXPECT_EQ((*one)->delivery.job, job.id);
  EXPECT_EQ((*one)->delivery.attempts, 1);
  EXPECT_FALSE(*store.take_due(kMinuteMs)) << "both are taken";

  ASSERT_TRUE(store.finish((*one)->delivery, true, "200", std::nullopt));
  const auto told = store.deliveries(first.id, INT64_MAX, 10);
  ASSERT_THAT(*told, SizeIs(1));
  EXPECT_EQ(told->front().state, DeliveryState::kDelivered);
  EXPECT_EQ(told->front().outcome, "200");
  EXPECT_FALSE(told->front().next_ms);
}

TEST_P(WebhookContract, AJobThatIsOnlyInterruptedIsNotToldOf) {
  WebhookStore store(*catalog_);
  const Webhook made = *store.create("https://one.example/hook");
  end_a_job(JobState::kInterrupted);
  EXPECT_THAT(*store.deliveries(made.id, INT64_MAX, 10), IsEmpty());
  end_a_job(JobState::kFailed);
  EXPECT_EQ(store.deliveries(made.id, INT64_MAX, 10)->front().type, "job.failed");
}

TEST_P(WebhookContract, WhatFailedOrWasNeverFinishedIsDueAgain) {
  WebhookStore store(*catalog_);
  const Webhook made = *store.create("https://one.example/hook");
  end_a_job(JobState::kCancelled);
  ASSERT_TRUE(*store.take_due(0)) << "and then its process died";
  const auto again = store.take_due(kMinuteMs);
  ASSERT_TRUE(again && *again);
  EXPECT_EQ((*again)->delivery.attempts, 2);
  ASSERT_TRUE(store.finish((*again)->delivery, false, "500", 0));
  const auto third = store.take_due(kMinuteMs);
  ASSERT_TRUE(third && *third);
  EXPECT_EQ((*third)->delivery.outcome, "500");
  ASSERT_TRUE(store.finish((*again)->delivery, true, "200", std::nullopt)) << "by one whose time is over: changes nothing";
  ASSERT_TRUE(store.finish((*third)->delivery, false, "503", std::nullopt));
  const Delivery ended = store.deliveries(made.id, INT64_MAX, 10)->front();
  EXPECT_EQ(ended.state, DeliveryState::kGivenUp);
  EXPECT_EQ(ended.attempts, 3);
  EXPECT_EQ(ended.outcome, "503");
  EXPECT_EQ(*store.forget_before(INT64_MAX), 1);
}

TEST_P(WebhookContract, WebhooksAreTriedOutAndRemovedWithTheirDeliveries) {
  WebhookStore store(*catalog_);
  const Webhook made = *store.create("https://one.example/hook");
  const auto ping = store.ping(made.id);
  ASSERT_TRUE(ping);
  EXPECT_EQ((*store.take_due(kMinuteMs))->delivery.id, ping->id);
  ASSERT_TRUE(store.remove(made.id));
  EXPECT_THAT(*store.webhooks(), IsEmpty());
  EXPECT_FALSE(*store.take_due(0));
  EXPECT_EQ(store.remove(made.id).error().reason, "unknown_webhook");
  EXPECT_EQ(store.ping(made.id).error().reason, "unknown_webhook");
  EXPECT_EQ(store.deliveries(made.id, INT64_MAX, 10).error().reason, "unknown_webhook");
  EXPECT_EQ(store.create("").error().reason, "bad_webhook");
  EXPECT_EQ(store.create("https://one.example/a\nb").error().reason, "bad_webhook");
  for (size_t i = 0; i < WebhookLimits::kWebhooksMax; ++i) ASSERT_TRUE(store.create("https://one.example/" + std::to_string(i)));
  EXPECT_EQ(store.create("https://one.example/more").error().reason, "bad_webhook");
}

}  // namespace
}  // namespace nozama
