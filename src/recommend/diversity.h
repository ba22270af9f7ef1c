// Results that differ from each other.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nozama {

struct DiverseCandidate {
  double relevance = 0;
  std::span<const float> vector;  // of length 1; all of one dimension
};

// Maximal marginal relevance, Carbonell & Goldstein, SIGIR 1998: the next one is always that with the greatest
// (1 - diversity) · relevance - diversity · (its cosine with the most similar of those before it); of equal ones the earlier.
// Returns all candidates' numbers in that order; with diversity 0 by relevance. `diversity` is from 0 to 1.
std::vector<size_t> by_marginal_relevance(std::span<const DiverseCandidate> candidates, double diversity);

// Which of `groups`, by position, are among the first `most` of their group; "" is no group and is kept.
std::vector<bool> within_cap(std::span<const std::string> groups, size_t most);

}  // namespace nozama
