#include "index/centres.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "index/index_for_test.h"

namespace nozama {
namespace {

constexpr size_t kD = 64;

std::vector<float> clustered_rows(std::mt19937& random, const std::vector<std::vector<float>>& centres, size_t count) {
  std::vector<float> rows;
  for (size_t i = 0; i < count; ++i) {
    const std::vector<float> row = clustered_unit(random, centres);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

std::vector<std::vector<float>> some_centres(std::mt19937& random, int count) {
  std::vector<std::vector<float>> centres;
  for (int i = 0; i < count; ++i) centres.push_back(random_unit(random, kD));
  return centres;
}

float similarity(std::span<const float> rows, size_t i, std::span<const float> query) { return code_kernels().dot(&rows[i * kD], query.data(), kD); }

// The most promising first.
std::vector<std::pair<float, uint32_t>> lists_by_promise(const Centres& centres, std::span<const float> query, double recall) {
  std::vector<float> promises;
  centres.promises(query, recall, promises);
  std::vector<std::pair<float, uint32_t>> lists;
  for (uint32_t list = 0; list < centres.size(); ++list) lists.emplace_back(promises[list], list);
  std::ranges::sort(lists, std::greater{});
  return lists;
}

// The share of the 30 nearest rows that lie in the lists that a search looks into, and the share of rows that it looks at.
std::pair<double, double> recall_and_cost(const Centres& centres, std::span<const float> rows, std::span<const float> queries, double recall) {
  std::vector<std::vector<uint32_t>> lists(centres.size());
  for (uint32_t i = 0; i < rows.size() / kD; ++i) lists[centres.nearest(rows.subspan(i * kD, kD))].push_back(i);
  double found = 0, wanted = 0, looked_at = 0, all = 0;
  for (size_t q = 0; q < queries.size() / kD; ++q) {
    const std::span<const float> query = queries.subspan(q * kD, kD);
    std::vector<std::pair<float, uint32_t>> truth, seen;
    for (uint32_t i = 0; i < rows.size() / kD; ++i) truth.emplace_back(-similarity(rows, i, query), i);
    std::ranges::sort(truth);
    for (const auto& [promise, list] : lists_by_promise(centres, query, recall)) {
      if (seen.size() >= 30 && promise < -seen[29].first) break;
      for (const uint32_t row : lists[list]) seen.emplace_back(-similarity(rows, row, query), row);
      std::ranges::sort(seen);
    }
    std::set<uint32_t> places;
    for (const auto& [score, row] : seen) places.insert(row);
    for (size_t i = 0; i < 30; ++i) found += places.contains(truth[i].second) ? 1 : 0;
    wanted += 30;
    looked_at += static_cast<double>(seen.size());
    all += static_cast<double>(rows.size() / kD);
  }
  return {found / wanted, looked_at / all};
}

TEST(Centres, ASearchFindsItsShareOfTheNearestInAFractionOfTheRows) {
  std::mt19937 random(1);
  const auto around = some_centres(random, 150);
  const std::vector<float> rows = clustered_rows(random, around, 12000), queries = clustered_rows(random, around, 60);
  const auto centres = Centres::fit(kD, rows, 128);
  ASSERT_NE(centres, nullptr);
  const auto [low, low_cost] = recall_and_cost(*centres, rows, queries, 0.9);
  const auto [high, high_cost] = recall_and_cost(*centres, rows, queries, 0.999);
  EXPECT_GE(low, 0.9);
  EXPECT_GE(high, 0.998);
  EXPECT_LE(low_cost, high_cost);
  EXPECT_LT(high_cost, 0.5);
}

TEST(Centres, AnEvenCloudIsLookedAtAlmostWhollyRatherThanMissed) {
  std::mt19937 random(2);
  std::vector<float> rows, queries;
  for (int i = 0; i < 6000; ++i) {
    const std::vector<float> row = random_unit(random, kD);
    std::vector<float>& into = i < 5960 ? rows : queries;
    into.insert(into.end(), row.begin(), row.end());
  }
  const auto centres = Centres::fit(kD, rows, 64);
  ASSERT_NE(centres, nullptr);
  EXPECT_GE(recall_and_cost(*centres, rows, queries, 0.999).first, 0.995);
}

TEST(Centres, ARowBelongsToTheNearestCentreAndNoListIsVeryLong) {
  std::mt19937 random(3);
  // One crowd of half of the rows.
  std::vector<std::vector<float>> around(40, random_unit(random, kD));
  for (const auto& centre : some_centres(random, 40)) around.push_back(centre);
  const std::vector<float> rows = clustered_rows(random, around, 8000);
  const auto centres = Centres::fit(kD, rows, 80);
  ASSERT_NE(centres, nullptr);
  std::vector<size_t> counts(centres->size());
  for (size_t i = 0; i < 8000; ++i) ++counts.at(centres->nearest(std::span(rows).subspan(i * kD, kD)));
  EXPECT_LT(std::ranges::max(counts), 800U);
  EXPECT_LT(centres->size(), 160U);
}

TEST(Centres, EqualSamplesGiveEqualCentresAndAStopGivesNone) {
  std::mt19937 random(4);
  const std::vector<float> rows = clustered_rows(random, some_centres(random, 20), 2000);
  const auto first = Centres::fit(kD, rows, 32), second = Centres::fit(kD, rows, 32);
  ASSERT_TRUE(first && second);
  for (size_t i = 0; i < 2000; ++i) ASSERT_EQ(first->nearest(std::span(rows).subspan(i * kD, kD)), second->nearest(std::span(rows).subspan(i * kD, kD)));
  const std::atomic<bool> stop = true;
  EXPECT_EQ(Centres::fit(kD, rows, 32, &stop), nullptr);
}

TEST(Centres, EqualRowsTooFewRowsAndNoListsDoNoHarm) {
  std::vector<float> equal(500 * kD, 0);
  for (size_t i = 0; i < 500; ++i) equal[i * kD] = 1;
  EXPECT_EQ(Centres::fit(kD, equal, 0), nullptr);
  EXPECT_EQ(Centres::fit(kD, equal, 251), nullptr);
  EXPECT_EQ(Centres::fit(kD, {}, 4), nullptr);
  const auto centres = Centres::fit(kD, equal, 10);
  ASSERT_NE(centres, nullptr);
  EXPECT_LT(centres->nearest(std::span(equal).first(kD)), centres->size());
  std::vector<float> promises;
  centres->promises(std::span(equal).first(kD), 0.999, promises);
  ASSERT_GE(promises.size(), centres->size());
  for (size_t i = 0; i < promises.size(); ++i) EXPECT_EQ(promises[i] > -1, i < centres->size()) << "what lies behind the lists promises nothing";
}

}  // namespace
}  // namespace nozama
