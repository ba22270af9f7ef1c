#include "index/best_scores.h"

#include <algorithm>

#include "index/code_kernels.h"

namespace nozama {
namespace {

constexpr int kHalvings = 12;
// So many scores wait until it is worth the work.
constexpr size_t kWaiting = 96;

}  // namespace

// Bisection.
float score_of_rank(std::span<const float> scores, size_t rank, float low, float high) {
  const auto count_at_least = code_kernels().count_at_least;
  for (int i = 0; i < kHalvings; ++i) {
    const float middle = low + (high - low) / 2;
    const bool enough = count_at_least(scores.data(), scores.size(), middle) >= rank;
    low = enough ? middle : low;
    high = enough ? high : middle;
  }
  return low;
}

BestScores::BestScores(size_t first, size_t second) : first_(first), second_(second), update_at_(second) { scores_.reserve(second + 4 * kWaiting); }

void BestScores::take_in() {
  if (scores_.size() >= second_) {
    second_score_ = score_of_rank(scores_, second_, second_score_ == kNone ? std::ranges::min(scores_) : second_score_, highest_);
    // Below the cut lie those that cannot matter; of equal ones, which a cut cannot part, as many stay as the rank needs. Without a
    // branch, which nobody could predict.
    size_t kept = 0;
    for (const float score : scores_) {
      scores_[kept] = score;
      kept += score > second_score_ ? 1 : 0;
    }
    scores_.resize(kept);
    if (kept < second_) scores_.resize(second_, second_score_);
  }
  if (scores_.size() >= first_) {
    const float known = std::max(first_score_, second_score_);
    first_score_ = score_of_rank(scores_, first_, known == kNone ? std::ranges::min(scores_) : known, highest_);
  }
  update_at_ = std::max(second_, scores_.size() + kWaiting);
}

}  // namespace nozama
