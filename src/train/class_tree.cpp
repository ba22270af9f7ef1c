#include "train/class_tree.h"

#include <algorithm>
#include <unordered_set>

namespace nozama {
namespace {

// The node `up` steps above.
size_t ancestor(const ClassTree& tree, size_t node, size_t up) {
  for (; up > 0; --up) node = tree.parents[node];
  return node;
}

bool at_or_above(const ClassTree& tree, size_t upper, size_t node) {
  while (node != ClassTree::kNone && node > upper) node = tree.parents[node];
  return node == upper;
}

SpecificityFit measure(const ClassTree& tree, std::span<const Prediction> predictions, double threshold) {
  SpecificityFit fit{.threshold = threshold};
  const std::unordered_set<size_t> classes(tree.of_class.begin(), tree.of_class.end());
  double answered = 0, right = 0, as_class = 0;
  for (const Prediction& prediction : predictions) {
    const auto likely = most_specific(tree, prediction.probabilities, threshold);
    if (!likely) continue;
    ++answered;
    right += at_or_above(tree, likely->node, tree.of_class[prediction.label]) ? 1 : 0;
    as_class += classes.contains(likely->node) ? 1 : 0;
  }
  const double n = std::max<double>(1, static_cast<double>(predictions.size()));
  fit.right = answered > 0 ? right / answered : 0;
  fit.answered = answered / n;
  fit.as_class = as_class / n;
  return fit;
}

}  // namespace

std::vector<size_t> ClassTree::depths() const {
  std::vector<size_t> result(parents.size());
  for (size_t node = 0; node < parents.size(); ++node) result[node] = parents[node] == kNone ? 0 : result[parents[node]] + 1;
  return result;
}

std::vector<double> node_probabilities(const ClassTree& tree, std::span<const double> of_class) {
  std::vector<double> result(tree.parents.size());
  for (size_t c = 0; c < of_class.size(); ++c) {
    if (tree.of_class[c] != ClassTree::kNone) result[tree.of_class[c]] += of_class[c];
  }
  for (size_t node = result.size(); node-- > 0;) {
    if (tree.parents[node] != ClassTree::kNone) result[tree.parents[node]] += result[node];
  }
  return result;
}

std::optional<LikelyNode> most_specific(const ClassTree& tree, std::span<const double> of_class, double threshold) {
  const std::vector<double> probabilities = node_probabilities(tree, of_class);
  const std::vector<size_t> depths = tree.depths();
  std::optional<LikelyNode> best;
  for (size_t node = 0; node < probabilities.size(); ++node) {
    if (probabilities[node] >= threshold && (!best || depths[node] > depths[best->node])) best = {node, probabilities[node]};
  }
  return best;
}

std::vector<LevelFigures> level_figures(const ClassTree& tree, std::span<const Prediction> predictions) {
  const std::vector<size_t> depths = tree.depths();
  size_t deepest = 0;
  for (const size_t node : tree.of_class) deepest = std::max(deepest, node == ClassTree::kNone ? 0 : depths[node]);
  std::vector<LevelFigures> levels;
  for (size_t depth = 0; depth <= deepest; ++depth) {
    // What each class counts as: a node, or, for one outside the tree, a number that no node has.
    std::vector<size_t> counts_as;
    for (size_t c = 0; c < tree.of_class.size(); ++c) {
      const size_t node = tree.of_class[c];
      counts_as.push_back(node == ClassTree::kNone ? tree.parents.size() + c : ancestor(tree, node, depths[node] - std::min(depth, depths[node])));
    }
    const size_t right = static_cast<size_t>(std::ranges::count_if(predictions, [&](const Prediction& prediction) {
      std::vector<double> sums(tree.parents.size() + tree.of_class.size());
      for (size_t c = 0; c < counts_as.size(); ++c) sums[counts_as[c]] += prediction.probabilities[c];
      return std::ranges::max_element(sums) - sums.begin() == static_cast<std::ptrdiff_t>(counts_as[prediction.label]);
    }));
    const size_t categories = std::unordered_set<size_t>(counts_as.begin(), counts_as.end()).size();
    levels.push_back({depth, categories, static_cast<double>(right) / static_cast<double>(std::max<size_t>(1, predictions.size()))});
  }
  return levels;
}

SpecificityFit fit_specificity(const ClassTree& tree, std::span<const Prediction> predictions, double right_wanted) {
  constexpr double kThresholds[] = {0.51, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95};
  SpecificityFit fit;
  for (const double threshold : kThresholds) {
    fit = measure(tree, predictions, threshold);
    if (fit.right >= right_wanted) break;
  }
  return fit;
}

}  // namespace nozama
