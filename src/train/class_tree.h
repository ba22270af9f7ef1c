// Classes as the leaves of a tree: what is said of a class holds for everything above it.
//
// The head stays one softmax over the classes; the probability of an inner node is the sum of those of the classes at or below it, and the
// answer is the most specific node whose probability reaches a threshold that was fitted on held-out data (Deng, Krause, Berg, Fei-Fei:
// Hedging your bets, CVPR 2012). Bertinetto et al. (CVPR 2020) find such sums over a plain softmax hard to beat.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "train/metrics.h"

namespace nozama {

struct ClassTree {
  static constexpr size_t kNone = static_cast<size_t>(-1);

  std::vector<size_t> parents;   // of each node; kNone = a root. Parents stand before their children
  std::vector<size_t> of_class;  // the node of each class, which may be an inner one; kNone = the class is in no tree

  // The depth of each node; 0 = a root.
  std::vector<size_t> depths() const;
};

// Of each node: the sum over the classes at or below it.
std::vector<double> node_probabilities(const ClassTree& tree, std::span<const double> of_class);

struct LikelyNode {
  size_t node = 0;
  double probability = 0;
};
// The deepest node whose probability is at least `threshold` > 0.5 (so that at most one of each depth can be).
std::optional<LikelyNode> most_specific(const ClassTree& tree, std::span<const double> of_class, double threshold);

// How well the classes are told apart when those below one node of a depth count as one; a class above that depth counts as itself.
struct LevelFigures {
  size_t depth = 0;       // 0 = the roots
  size_t categories = 0;  // that are told apart
  double accuracy = 0;
};
// From the roots down to the classes.
std::vector<LevelFigures> level_figures(const ClassTree& tree, std::span<const Prediction> predictions);

struct SpecificityFit {
  double threshold = 0.5;
  double right = 0;     // share of the answers given that hold: the node is the label's, or above it
  double answered = 0;  // share of the predictions
  double as_class = 0;  // share of the predictions answered with a class rather than a node above
};
// The smallest threshold of 0.51, 0.55, 0.60 … 0.95 with which at least `right_wanted` of the answers hold.
SpecificityFit fit_specificity(const ClassTree& tree, std::span<const Prediction> predictions, double right_wanted = 0.9);

}  // namespace nozama
