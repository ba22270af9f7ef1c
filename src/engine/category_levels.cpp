#include "engine/category_levels.h"

#include <unordered_map>

namespace nozama {

ClassTree class_tree(const std::vector<CategoryNode>& categories, std::span<const int64_t> class_ids) {
  ClassTree tree;
  std::unordered_map<int64_t, size_t> node_of;
  const auto find = [&node_of](int64_t id) {
    const auto found = node_of.find(id);
    return found == node_of.end() ? ClassTree::kNone : found->second;
  };
  for (const CategoryNode& category : categories) {
    tree.parents.push_back(find(category.parent.value));
    node_of.emplace(category.id.value, node_of.size());
  }
  for (const int64_t id : class_ids) tree.of_class.push_back(find(id));
  return tree;
}

std::optional<CategoryGuess> most_specific_category(const std::vector<CategoryNode>& categories, std::span<const CategoryProbability> probabilities,
                                                    double threshold) {
  std::vector<int64_t> ids;
  std::vector<double> of_class;
  for (const CategoryProbability& one : probabilities) {
    ids.push_back(one.category.value);
    of_class.push_back(one.probability);
  }
  const auto likely = most_specific(class_tree(categories, ids), of_class, threshold);
  if (!likely) return std::nullopt;
  return CategoryGuess{categories[likely->node].slug, categories[likely->node].name, likely->probability};
}

}  // namespace nozama
