#include "engine/category_examples.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "engine/category_levels.h"

namespace nozama {
namespace {

constexpr size_t kProductsMin = 2;

// Category → the one that it is taught as, itself for most; those that are left out are missing.
std::unordered_map<int64_t, int64_t> taught_as(const TrainingPictures& pictures, const std::vector<CategoryNode>& categories) {
  std::unordered_map<int64_t, std::unordered_set<int64_t>> products;
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    if (pictures.categories[i] != 0) products[pictures.categories[i]].insert(pictures.data.groups[i]);
  }
  std::unordered_map<int64_t, std::vector<int64_t>> members;  // of a class: the categories taught as it
  for (const auto& [category, of_category] : products) members[category] = {category};
  for (auto node = categories.rbegin(); node != categories.rend(); ++node) {
    const auto own = products.find(node->id.value);
    if (own == products.end() || own->second.size() >= kProductsMin) continue;
    if (node->parent.value != 0) {
      const std::unordered_set<int64_t>& few = own->second;
      products[node->parent.value].insert(few.begin(), few.end());
      std::vector<int64_t>& above = members[node->parent.value];
      above.insert(above.end(), members[node->id.value].begin(), members[node->id.value].end());
    }
    members.erase(node->id.value);
  }
  std::unordered_map<int64_t, int64_t> taught;
  for (const auto& [category, of_category] : members) {
    for (const int64_t member : of_category) taught[member] = category;
  }
  return taught;
}

}  // namespace

CategoryExamples category_examples(const TrainingPictures& pictures, const std::vector<CategoryNode>& categories) {
  const auto taught = taught_as(pictures, categories);
  CategoryExamples examples;
  examples.data.dim = pictures.data.dim;
  std::unordered_map<int64_t, size_t> label_of;
  std::unordered_set<int64_t> left_out, backed_off;
  for (size_t i = 0; i < pictures.data.rows(); ++i) {
    const int64_t category = pictures.categories[i];
    if (category == 0) continue;
    const auto as = taught.find(category);
    if (as == taught.end()) {
      left_out.insert(category);
      continue;
    }
    const auto [entry, fresh] = label_of.try_emplace(as->second, examples.classes.size());
    if (fresh) examples.classes.push_back(as->second);
    if (as->second != category && backed_off.insert(category).second) examples.backed_off.push_back({category, as->second});
    examples.data.append(pictures.data.row(i), entry->second, pictures.data.groups[i]);
  }
  examples.tree = class_tree(categories, examples.classes);
  if (!examples.backed_off.empty()) {
    examples.notes.push_back(fmt::format("{} categories have one product only; they are taught as the category above them", examples.backed_off.size()));
  }
  if (!left_out.empty()) {
    examples.notes.push_back(fmt::format("{} categories have one product only; they are not learned, but always searched", left_out.size()));
  }
  return examples;
}

}  // namespace nozama
