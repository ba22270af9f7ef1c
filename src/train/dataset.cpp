#include "train/dataset.h"

#include <algorithm>
#include <map>
#include <random>
#include <unordered_map>

namespace nozama {

void Dataset::append(std::span<const float> feature, size_t label, int64_t group) {
  features.insert(features.end(), feature.begin(), feature.end());
  labels.push_back(label);
  groups.push_back(group);
}

std::vector<size_t> assign_folds(const Dataset& data, size_t folds, uint64_t seed) {
  std::map<size_t, std::vector<int64_t>> groups_of_class;
  std::unordered_map<int64_t, size_t> fold_of_group;
  for (size_t i = 0; i < data.rows(); ++i) {
    if (fold_of_group.try_emplace(data.groups[i], 0).second) groups_of_class[data.labels[i]].push_back(data.groups[i]);
  }
  // std::shuffle may differ between libraries; this does not.
  std::mt19937_64 random(seed);
  size_t next = 0;
  for (auto& [label, groups] : groups_of_class) {
    for (size_t i = groups.size(); i > 1; --i) std::swap(groups[i - 1], groups[random() % i]);
    for (const int64_t group : groups) fold_of_group[group] = next++ % folds;
  }
  std::vector<size_t> fold(data.rows());
  for (size_t i = 0; i < data.rows(); ++i) fold[i] = fold_of_group[data.groups[i]];
  return fold;
}

Dataset select_rows(const Dataset& data, std::span<const size_t> rows) {
  Dataset part;
  part.dim = data.dim;
  part.features.reserve(rows.size() * data.dim);
  for (const size_t i : rows) part.append(data.row(i), data.labels[i], data.groups[i]);
  return part;
}

}  // namespace nozama
