#include "recommend/feedback.h"

#include <cmath>
#include <numeric>

namespace nozama {
namespace {

constexpr float kLengthMin = 1e-6F;  // of what floats cannot tell from nothing

void add_mean(std::span<const std::vector<float>> vectors, float weight, std::vector<float>& sum) {
  for (const std::vector<float>& vector : vectors) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight / static_cast<float>(vectors.size()) * vector[i];
  }
}

}  // namespace

std::vector<float> moved_by_feedback(std::span<const float> query, std::span<const std::vector<float>> liked, std::span<const std::vector<float>> disliked,
                                     const FeedbackWeights& weights) {
  std::vector<float> moved(query.begin(), query.end());
  if (liked.empty() && disliked.empty()) return moved;
  add_mean(liked, weights.liked, moved);
  add_mean(disliked, -weights.disliked, moved);
  const float length = std::sqrt(std::inner_product(moved.begin(), moved.end(), moved.begin(), 0.0F));
  if (!(length > kLengthMin)) return {query.begin(), query.end()};
  for (float& value : moved) value /= length;
  return moved;
}

}  // namespace nozama
