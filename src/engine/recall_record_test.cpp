#include "engine/recall_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace nozama {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr float kAll = -std::numeric_limits<float>::infinity();

// Products 1, 2, 3 … with scores 0.99, 0.98, 0.97 …; `without` are missing.
std::vector<Neighbour> hits(int count, std::initializer_list<int64_t> without = {}) {
  std::vector<Neighbour> list;
  for (int64_t id = 1; id <= count; ++id) {
    if (std::ranges::find(without, id) != without.end()) continue;
    Neighbour hit;
    hit.product.value = id;
    hit.score = 1 - static_cast<float>(id) / 100;
    list.push_back(hit);
  }
  return list;
}

// features: C7
TEST(RecallRecord, CountsTheFirstPageOfTheExactModeThatTheUsualOneShowsToo) {
  RecallRecord record;
  record.add({hits(50), hits(50), 1, 4}, kAll, false, 0);
  record.add({hits(50, {3, 20}), hits(50), 2, 8}, kAll, true, kHourMs + 5);
  record.add({hits(50, {40}), hits(50), 3, 12}, kAll, false, kHourMs + 6);  // no miss of the first page
  const RecallFigures figures = record.figures();
  EXPECT_EQ(figures.searches, 3);
  EXPECT_EQ(figures.expected, 90);
  EXPECT_EQ(figures.found, 88);
  EXPECT_DOUBLE_EQ(figures.window.recall, 88.0 / 90);
  EXPECT_LT(figures.window.interval.low, 88.0 / 90);
  EXPECT_GT(figures.window.interval.high, 88.0 / 90);
  EXPECT_EQ(figures.window.usual.p50_ms, 2);
  EXPECT_EQ(figures.window.exact.p99_ms, 12);
  ASSERT_EQ(figures.misses.size(), 1U);
  EXPECT_EQ(figures.misses[0].missing, 2);
  EXPECT_EQ(figures.misses[0].expected, 30);
  EXPECT_EQ(figures.misses[0].first_rank, 3);
  EXPECT_EQ(figures.misses[0].time_ms, kHourMs + 5);
  EXPECT_TRUE(figures.misses[0].filtered);
  ASSERT_EQ(figures.hours.size(), 2U);
  EXPECT_EQ(figures.hours[1].start_ms, kHourMs);
  EXPECT_EQ(figures.hours[1].found, 58);
}

// features: C7
TEST(RecallRecord, WhatDoesNotReachTheLeastScoreIsNotMissed) {
  RecallRecord record;
  record.add({hits(50, {11}), hits(50), 1, 1}, 0.895F, false, 0);  // products 1 to 10
  record.add({{}, hits(50), 1, 1}, 2, false, 0);
  record.add({{}, {}, 1, 1}, kAll, false, 0);
  const RecallFigures figures = record.figures();
  EXPECT_EQ(figures.searches, 1);
  EXPECT_EQ(figures.expected, 10);
  EXPECT_EQ(figures.found, 10);
  EXPECT_TRUE(figures.misses.empty());
}

TEST(RecallRecord, ItsMemoryIsBoundedAndTheWindowIsOfTheNewest) {
  RecallRecord record;
  constexpr auto kSearches = static_cast<int64_t>(RecallRecord::kWindowSearches);
  for (int64_t i = 0; i < 300; ++i) record.add({hits(2, {1}), hits(2), 9, 9}, kAll, false, i * kHourMs);
  EXPECT_EQ(record.figures().window.recall, 0.5);
  for (int64_t i = 0; i < kSearches; ++i) record.add({hits(2), hits(2), 1, 2}, kAll, false, 300 * kHourMs);
  const RecallFigures figures = record.figures();
  EXPECT_EQ(figures.searches, kSearches + 300);
  EXPECT_EQ(figures.window.searches, kSearches);
  EXPECT_EQ(figures.window.recall, 1);
  EXPECT_EQ(figures.window.interval.high, 1);
  EXPECT_EQ(figures.window.usual.p99_ms, 1);
  EXPECT_EQ(figures.hours.size(), RecallRecord::kHours);
  EXPECT_EQ(figures.hours.back().start_ms, 300 * kHourMs);
  ASSERT_EQ(figures.misses.size(), RecallRecord::kMisses);
  EXPECT_EQ(figures.misses.front().time_ms, 299 * kHourMs);
}

TEST(RecallRecord, WithoutAMeasuredSearchThereIsNoFigure) {
  RecallRecord record;
  record.add_failure();
  const RecallFigures figures = record.figures();
  EXPECT_EQ(figures.failed, 1);
  EXPECT_EQ(figures.window.searches, 0);
  EXPECT_TRUE(figures.hours.empty());
}

}  // namespace
}  // namespace nozama
