// Embeddings with labels, and splits that keep a product's pictures together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nozama {

// Row-major: features.size() == rows() * dim.
struct Dataset {
  size_t dim = 0;
  std::vector<float> features;
  std::vector<size_t> labels;   // class of each row, 0..classes-1
  std::vector<int64_t> groups;  // rows of one group (product) are never split

  size_t rows() const { return labels.size(); }
  std::span<const float> row(size_t i) const { return {features.data() + i * dim, dim}; }
  void append(std::span<const float> feature, size_t label, int64_t group);
};

// The fold (0..folds-1) of each row: whole groups, each class spread as evenly as its groups allow. The same for the
// same seed on every machine.
std::vector<size_t> assign_folds(const Dataset& data, size_t folds, uint64_t seed);

Dataset select_rows(const Dataset& data, std::span<const size_t> rows);

}  // namespace nozama
