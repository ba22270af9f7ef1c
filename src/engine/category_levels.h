// The catalogue's categories as the tree over a head's classes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "catalog/records.h"
#include "engine/search.h"
#include "recommend/gate.h"
#include "train/class_tree.h"

namespace nozama {

// Nodes in the order given, parents before children; a class that is no category (any more) stands outside the tree.
ClassTree class_tree(const std::vector<CategoryNode>& categories, std::span<const int64_t> class_ids);

// The deepest category whose probability, that of all below it added, reaches the threshold.
std::optional<CategoryGuess> most_specific_category(const std::vector<CategoryNode>& categories, std::span<const CategoryProbability> probabilities,
                                                    double threshold);

}  // namespace nozama
