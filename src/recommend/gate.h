// The soft gate: which categories a photo is searched in, and with what weight.
#pragma once

#include <span>
#include <vector>

#include "base/ids.h"
#include "index/vector_index.h"

namespace nozama {

struct GateParameters {
  double weight = 0.05;  // similarity that one unit of log-probability is worth
  double mass = 0.995;   // categories are searched, most probable first, until their probabilities sum to this
};

struct CategoryProbability {
  CategoryId category;
  double probability = 0;
};

// Most probable first; each partition's weight is parameters.weight · (log p − log p of the most probable), so that the
// most probable one has weight 0. Never empty for a non-empty argument.
std::vector<PartitionWeight> soft_gate(std::span<const CategoryProbability> probabilities, const GateParameters& parameters);

}  // namespace nozama
