#include "train/calibration.h"

#include <algorithm>
#include <cmath>

namespace nozama {

double ScoreCalibration::score(double similarity) const { return 1 / (1 + std::exp(-(slope * similarity + offset))); }

double ScoreCalibration::similarity(double score) const { return (std::log(score / (1 - score)) - offset) / slope; }

ScoreCalibration fit_score_calibration(std::span<const ScoredPair> pairs) {
  const auto positives = static_cast<double>(std::count_if(pairs.begin(), pairs.end(), [](const ScoredPair& pair) { return pair.relevant; }));
  const double negatives = static_cast<double>(pairs.size()) - positives;
  ScoreCalibration fitted;
  if (positives < 1 || negatives < 1) return fitted;
  const double target_yes = (positives + 1) / (positives + 2), target_no = 1 / (negatives + 2);
  double a = 0, b = std::log(positives / negatives);
  for (int iteration = 0; iteration < 100; ++iteration) {
    double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
    for (const ScoredPair& pair : pairs) {
      const double p = 1 / (1 + std::exp(-(a * pair.similarity + b)));
      const double error = p - (pair.relevant ? target_yes : target_no);
      const double curvature = std::max(1e-12, p * (1 - p));
      ga += error * pair.similarity;
      gb += error;
      haa += curvature * pair.similarity * pair.similarity;
      hab += curvature * pair.similarity;
      hbb += curvature;
    }
    const double determinant = haa * hbb - hab * hab;
    if (determinant < 1e-18) break;
    // Steps are bounded: far from the solution the curvature is nearly nothing.
    const double da = std::clamp((hbb * ga - hab * gb) / determinant, -20.0, 20.0);
    const double db = std::clamp((haa * gb - hab * ga) / determinant, -20.0, 20.0);
    a -= da;
    b -= db;
    if (std::abs(da) + std::abs(db) < 1e-9) break;
  }
  if (a <= 0.1 || !std::isfinite(a) || !std::isfinite(b)) return ScoreCalibration{};
  return {a, b};
}

}  // namespace nozama
