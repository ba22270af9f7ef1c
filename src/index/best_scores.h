// How good the k best of many scores are, without keeping the others. Internal to the index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace nozama {

// A score that at least `rank` of some scores reach, and less than a four-thousandth of high - low below the score of that rank. All are at
// most `high`, and `rank` of them at least `low`.
float score_of_rank(std::span<const float> scores, size_t rank, float low, float high);

// Follows two ranks, first <= second. Keeps the second one's best scores, and some that wait until there are enough of them to look.
class BestScores {
 public:
  BestScores(size_t first, size_t second);

  void add(float score) {
    scores_.push_back(score);
    highest_ = std::max(highest_, score);
  }
  // What first() and second() say takes in what was added when that is worth the work, or now.
  void update() {
    if (scores_.size() >= update_at_) take_in();
  }
  void take_in();

  // Not above the score of that rank, and below it by less than a four-thousandth of the scores' range; kNone while there are fewer.
  float first() const { return first_score_; }
  float second() const { return second_score_; }
  static constexpr float kNone = std::numeric_limits<float>::lowest();

 private:
  size_t first_, second_, update_at_;
  std::vector<float> scores_;
  float first_score_ = kNone, second_score_ = kNone, highest_ = kNone;
};

}  // namespace nozama
