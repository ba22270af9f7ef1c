// "More like this, less like that": a query moved by what a shopper liked and disliked among its results.
#pragma once

#include <span>
#include <vector>

namespace nozama {

// Both measured on the sample shop: docs/decisions/0070-refining-a-photo-search.md.
struct FeedbackWeights {
  float liked = 1.0F;
  float disliked = 0.5F;
};

// Rocchio's relevance feedback (Rocchio 1971; Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, eq. 9.3):
// the query plus `liked` times the mean of the liked vectors minus `disliked` times the mean of the disliked ones, scaled to length 1. All vectors are
// of one dimension and of length 1. The query itself where nothing is left of it.
std::vector<float> moved_by_feedback(std::span<const float> query, std::span<const std::vector<float>> liked, std::span<const std::vector<float>> disliked,
                                     const FeedbackWeights& weights = {});

}  // namespace nozama
