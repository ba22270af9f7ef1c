#include "index/best_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace nozama {
namespace {

TEST(BestScores, AreHardlyBelowTheScoresOfTheirRanksWhateverTheOrder) {
  std::mt19937 random(1);
  for (const int shape : {0, 1, 2, 3}) {
    std::vector<float> all;
    for (int i = 0; i < 3000; ++i) all.push_back(std::normal_distribution<float>(0.3F, 0.2F)(random));
    if (shape == 1) std::ranges::sort(all);
    if (shape == 2) std::ranges::sort(all, std::greater{});
    if (shape == 3) std::ranges::fill(std::span(all).subspan(10), 0.25F);
    BestScores best(30, 96);
    for (size_t i = 0; i < all.size(); ++i) {
      best.add(all[i]);
      best.update();
      if (i % 97 != 0) continue;
      best.take_in();
      std::vector<float> sorted(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i + 1));
      std::ranges::sort(sorted, std::greater{});
      const float precision = (sorted.front() - sorted.back()) / 4000;
      for (const auto& [rank, score] : {std::pair{30U, best.first()}, std::pair{96U, best.second()}}) {
        if (sorted.size() < rank) {
          ASSERT_EQ(score, BestScores::kNone);
          continue;
        }
        ASSERT_LE(score, sorted[rank - 1]) << "shape " << shape << " rank " << rank << " after " << i;
        ASSERT_GE(score, sorted[rank - 1] - precision - 1e-6F) << "shape " << shape << " rank " << rank << " after " << i;
      }
    }
  }
}

TEST(BestScores, MoreThanTheRankOfEqualOnesAreNotKept) {
  BestScores best(1, 2);
  for (int i = 0; i < 100'000; ++i) {
    best.add(0.5F);
    best.update();
  }
  best.add(0.75F);
  best.take_in();
  EXPECT_NEAR(best.first(), 0.75F, 0.25F / 4000);
  EXPECT_NEAR(best.second(), 0.5F, 0.25F / 4000);
}

}  // namespace
}  // namespace nozama
