#include "train/lbfgs.h"

#include <cmath>
#include <deque>
#include <vector>

namespace nozama {
namespace {

struct Correction {
  Eigen::VectorXf step, change;  // of the point, of the gradient
  double inverse_curvature;
};

double dot(const Eigen::VectorXf& a, const Eigen::VectorXf& b) { return a.cast<double>().dot(b.cast<double>()); }

// The direction −H·gradient by the two-loop recursion.
Eigen::VectorXf direction(const std::deque<Correction>& corrections, const Eigen::VectorXf& gradient) {
  Eigen::VectorXf q = -gradient;
  std::vector<double> alphas(corrections.size());
  for (size_t i = corrections.size(); i-- > 0;) {
    alphas[i] = corrections[i].inverse_curvature * dot(corrections[i].step, q);
    q -= static_cast<float>(alphas[i]) * corrections[i].change;
  }
  if (!corrections.empty()) {
    const Correction& last = corrections.back();
    q *= static_cast<float>(1 / (last.inverse_curvature * dot(last.change, last.change)));
  }
  for (size_t i = 0; i < corrections.size(); ++i) {
    const double beta = corrections[i].inverse_curvature * dot(corrections[i].change, q);
    q += static_cast<float>(alphas[i] - beta) * corrections[i].step;
  }
  return q;
}

void remember(std::deque<Correction>& corrections, Eigen::VectorXf step, Eigen::VectorXf change, int memory) {
  const double curvature = dot(step, change);
  if (curvature <= 1e-10 * dot(change, change)) return;  // nothing but rounding
  corrections.push_back({std::move(step), std::move(change), 1 / curvature});
  if (corrections.size() > static_cast<size_t>(memory)) corrections.pop_front();
}

}  // namespace

Eigen::VectorXf minimise_lbfgs(const Objective& objective, Eigen::VectorXf start, const LbfgsOptions& options, std::stop_token stop) {
  constexpr double kSufficientDecrease = 1e-4;
  constexpr int kBacktracksMax = 12;
  Eigen::VectorXf point = std::move(start), gradient(point.size()), next(point.size()), next_gradient(point.size());
  double value = objective(point, gradient);
  std::deque<Correction> corrections;
  int small_steps = 0;
  for (int iteration = 0; iteration < options.iterations_max && small_steps < 2 && !stop.stop_requested(); ++iteration) {
    if (static_cast<double>(gradient.lpNorm<Eigen::Infinity>()) < options.gradient_tolerance) break;
    Eigen::VectorXf way = direction(corrections, gradient);
    double slope = dot(way, gradient);
    if (slope >= 0) {
      corrections.clear();
      way = -gradient;
      slope = dot(way, gradient);
    }
    double length = corrections.empty() ? std::min(1.0, 1 / std::sqrt(-slope)) : 1.0;
    double next_value = 0;
    bool lower = false;
    for (int backtracks = 0; backtracks < kBacktracksMax && !lower; ++backtracks, length /= 2) {
      next = point + static_cast<float>(length) * way;
      next_value = objective(next, next_gradient);
      lower = next_value <= value + kSufficientDecrease * length * slope;
    }
    if (!lower) {
      if (corrections.empty()) break;  // no descent left at this precision
      corrections.clear();             // once more along the gradient
      continue;
    }
    small_steps = value - next_value < options.value_tolerance * std::max(1e-3, std::abs(value)) ? small_steps + 1 : 0;
    remember(corrections, next - point, next_gradient - gradient, options.memory);
    std::swap(point, next);
    std::swap(gradient, next_gradient);
    value = next_value;
  }
  return point;
}

}  // namespace nozama
