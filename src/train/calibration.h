// Similarities → scores that mean something: the probability that a product is of the kind in the photo.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"

namespace nozama {

// score = 1 / (1 + exp(−(slope · similarity + offset))), slope > 0.
struct ScoreCalibration {
  double slope = 12, offset = -6;
  double score(double similarity) const;
  double similarity(double score) const;  // the inverse; score in (0, 1)
};

struct ScoredPair {
  double similarity = 0;
  bool relevant = false;
};

// Logistic regression of relevance on similarity, with Platt's smoothed targets (Platt 1999), by Newton steps.
// Without both kinds of pairs the default comes back.
ScoreCalibration fit_score_calibration(std::span<const ScoredPair> pairs);

}  // namespace nozama
