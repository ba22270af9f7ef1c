#include "recommend/gate.h"

#include <algorithm>
#include <cmath>

namespace nozama {

std::vector<PartitionWeight> soft_gate(std::span<const CategoryProbability> probabilities, const GateParameters& parameters) {
  std::vector<CategoryProbability> sorted(probabilities.begin(), probabilities.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.probability > b.probability; });
  constexpr double kLeast = 1e-9;  // of a probability, so that its logarithm is finite
  std::vector<PartitionWeight> partitions;
  double mass = 0;
  for (const CategoryProbability& entry : sorted) {
    if (!partitions.empty() && mass >= parameters.mass) break;
    const double ratio = std::log(std::max(kLeast, entry.probability)) - std::log(std::max(kLeast, sorted.front().probability));
    partitions.push_back({entry.category, static_cast<float>(parameters.weight * ratio)});
    mass += entry.probability;
  }
  return partitions;
}

}  // namespace nozama
