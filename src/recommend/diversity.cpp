#include "recommend/diversity.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace nozama {

std::vector<size_t> by_marginal_relevance(std::span<const DiverseCandidate> candidates, double diversity) {
  std::vector<size_t> order, rest(candidates.size());
  std::iota(rest.begin(), rest.end(), size_t{0});
  std::vector<double> nearest(candidates.size(), 0);  // cosine with the most similar of those chosen
  while (!rest.empty()) {
    const auto marginal = [&](size_t i) { return (1 - diversity) * candidates[i].relevance - diversity * nearest[i]; };
    const auto next = std::ranges::max_element(rest, {}, marginal);
    const size_t chosen = *next;
    rest.erase(next);
    const std::span<const float> vector = candidates[chosen].vector;
    for (const size_t i : rest) {
      const double cosine = std::inner_product(vector.begin(), vector.end(), candidates[i].vector.begin(), 0.0);
      nearest[i] = order.empty() ? cosine : std::max(nearest[i], cosine);
    }
    order.push_back(chosen);
  }
  return order;
}

std::vector<bool> within_cap(std::span<const std::string> groups, size_t most) {
  std::unordered_map<std::string_view, size_t> seen;
  std::vector<bool> kept;
  for (const std::string& group : groups) kept.push_back(group.empty() || ++seen[group] <= most);
  return kept;
}

}  // namespace nozama
