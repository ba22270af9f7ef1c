#include "recommend/feedback.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nozama {
namespace {

using Vectors = std::vector<std::vector<float>>;

TEST(Feedback, WithoutAnyTheQueryStaysAsItIs) {
  const std::vector<float> query = {0.6F, 0.8F};
  EXPECT_EQ(moved_by_feedback(query, {}, {}), query);
}

// features: A7
TEST(Feedback, TheQueryMovesTowardsTheMeanOfTheLikedAndAwayFromTheDisliked) {
  const std::vector<float> query = {1, 0, 0};
  const Vectors liked = {{0, 1, 0}, {1, 0, 0}}, disliked = {{0, 0, 1}};
  const auto moved = moved_by_feedback(query, liked, disliked, {.liked = 1, .disliked = 0.5F});
  const float length = std::sqrt(1.5F * 1.5F + 0.5F * 0.5F + 0.5F * 0.5F);
  ASSERT_EQ(moved.size(), 3U);
  EXPECT_FLOAT_EQ(moved[0], 1.5F / length);
  EXPECT_FLOAT_EQ(moved[1], 0.5F / length);
  EXPECT_FLOAT_EQ(moved[2], -0.5F / length);
}

TEST(Feedback, AQueryOfWhichNothingIsLeftStaysAsItIs) {
  const std::vector<float> query = {1, 0};
  const Vectors disliked = {{1, 0}};
  EXPECT_EQ(moved_by_feedback(query, {}, disliked, {.liked = 1, .disliked = 1}), query);
  const std::vector<float> nothing = {0, 0};
  EXPECT_EQ(moved_by_feedback(nothing, {}, Vectors{{0, 0}}), nothing);
}

}  // namespace
}  // namespace nozama
