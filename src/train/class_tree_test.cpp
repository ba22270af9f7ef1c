#include "train/class_tree.h"

#include <gtest/gtest.h>

namespace nozama {
namespace {

// Rooms 0 and 1; 0 has the leaves 2 and 3, and is a class itself for what is in none of them; 1 has the leaf 4.
ClassTree rooms() { return {.parents = {ClassTree::kNone, ClassTree::kNone, 0, 0, 1}, .of_class = {2, 3, 4, 0}}; }

// features: B8
TEST(ClassTree, AnInnerNodeHasTheSumOfTheClassesAtAndBelowIt) {
  const auto nodes = node_probabilities(rooms(), std::vector<double>{0.3, 0.2, 0.4, 0.1});
  EXPECT_NEAR(nodes[0], 0.6, 1e-12);
  EXPECT_NEAR(nodes[1], 0.4, 1e-12);
  EXPECT_NEAR(nodes[2], 0.3, 1e-12);
}

TEST(ClassTree, TheMostSpecificNodeAboveTheThresholdIsNamed) {
  const auto node = [](std::vector<double> of_class, double threshold) { return most_specific(rooms(), of_class, threshold); };
  EXPECT_EQ(node({0.7, 0.2, 0.05, 0.05}, 0.6)->node, 2U);
  EXPECT_EQ(node({0.5, 0.3, 0.1, 0.1}, 0.6)->node, 0U);  // which room is clear, which leaf is not
  EXPECT_NEAR(node({0.5, 0.3, 0.1, 0.1}, 0.6)->probability, 0.9, 1e-12);
  EXPECT_FALSE(node({0.2, 0.2, 0.5, 0.1}, 0.6));
  EXPECT_EQ(node({0.2, 0.2, 0.6, 0.0}, 0.6)->node, 4U);  // deeper than its parent, which is as probable
}

TEST(ClassTree, AccuracyByLevelCountsWhatIsBelowOneNodeAsOne) {
  const std::vector<Prediction> predictions = {
      {{0.6, 0.2, 0.1, 0.1}, 0},    // right
      {{0.5, 0.3, 0.1, 0.1}, 1},    // the right room
      {{0.3, 0.25, 0.45, 0.0}, 1},  // the leaf of another room is the most probable class, and yet this room has more
      {{0.6, 0.2, 0.1, 0.1}, 2},    // wrong
  };
  const auto levels = level_figures(rooms(), predictions);
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_EQ(levels[0].categories, 2U);
  EXPECT_DOUBLE_EQ(levels[0].accuracy, 0.75);
  EXPECT_EQ(levels[1].categories, 4U);
  EXPECT_DOUBLE_EQ(levels[1].accuracy, accuracy(predictions));
}

TEST(ClassTree, AClassOutsideTheTreeCountsAsItself) {
  ClassTree tree = rooms();
  tree.of_class[2] = ClassTree::kNone;
  const std::vector<Prediction> predictions = {{{0.1, 0.1, 0.8, 0.0}, 2}, {{0.1, 0.1, 0.8, 0.0}, 0}};
  EXPECT_DOUBLE_EQ(level_figures(tree, predictions)[0].accuracy, 0.5);
  EXPECT_FALSE(most_specific(tree, predictions[0].probabilities, 0.6));
}

TEST(ClassTree, TheThresholdIsTheSmallestWhoseAnswersHold) {
  // Sure of the leaf and wrong one time in four below 0.8, always right above.
  std::vector<Prediction> predictions;
  for (int i = 0; i < 40; ++i) predictions.push_back({{0.73, 0.08, 0.19, 0.0}, i % 4 == 0 ? size_t{2} : size_t{0}});
  for (int i = 0; i < 40; ++i) predictions.push_back({{0.88, 0.02, 0.1, 0.0}, 0});
  const SpecificityFit fit = fit_specificity(rooms(), predictions, 0.9);
  EXPECT_DOUBLE_EQ(fit.threshold, 0.85);
  EXPECT_DOUBLE_EQ(fit.right, 1);
  EXPECT_DOUBLE_EQ(fit.answered, 0.5);
  EXPECT_DOUBLE_EQ(fit.as_class, 0.5);
  EXPECT_DOUBLE_EQ(fit_specificity(rooms(), predictions, 0.5).threshold, 0.51);
  EXPECT_DOUBLE_EQ(fit_specificity(rooms(), {}, 0.9).answered, 0);
}

}  // namespace
}  // namespace nozama
