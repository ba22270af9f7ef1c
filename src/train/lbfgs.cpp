#include "train/lbfgs.h"

#include <deque>

namespace nozama {
namespace {

struct Correction {
  Eigen::VectorXf step, change;  // of the point, of the gradient
  double inverse_curvature;
};

// The direction −H·gradient by the two-loop recursion.
Eigen::VectorXf direction(const std::deque<Correction>& corrections, const Eigen::VectorXf& gradient) {
  Eigen::VectorXf q = -gradient;
  std::vector<double> alphas(corrections.size());
  for (size_t i = corrections.size(); i-- > 0;) {
    alphas[i] = corrections[i].inverse_curvature * static_cast<double>(corrections[i].step.dot(q));
    q -= static_cast<float>(alphas[i]) * corrections[i].change;
  }
  if (!corrections.empty()) {
    const Correction& last = corrections.back();
    q *= static_cast<float>(1 / (last.inverse_curvature * static_cast<double>(last.change.squaredNorm())));
  }
  for (size_t i = 0; i < corrections.size(); ++i) {
    const double beta = corrections[i].inverse_curvature * static_cast<double>(corrections[i].change.dot(q));
    q += static_cast<float>(alphas[i] - beta) * corrections[i].step;
  }
  return q;
}

}  // namespace

Eigen::VectorXf minimise_lbfgs(const std::function<double(const Eigen::VectorXf&, Eigen::VectorXf&)>& objective, Eigen::VectorXf start,
                               const LbfgsOptions& options, std::stop_token stop) {
  constexpr double kSufficientDecrease = 1e-4;
  constexpr int kBacktracksMax = 30;
  Eigen::VectorXf point = std::move(start), gradient(point.size()), next_gradient(point.size());
  double value = objective(point, gradient);
  std::deque<Correction> corrections;
  for (int iteration = 0; iteration < options.iterations_max && !stop.stop_requested(); ++iteration) {
    if (static_cast<double>(gradient.lpNorm<Eigen::Infinity>()) < options.gradient_tolerance) break;
    Eigen::VectorXf way = direction(corrections, gradient);
    double slope = static_cast<double>(way.dot(gradient));
    if (slope >= 0) {
      corrections.clear();
      way = -gradient;
      slope = -static_cast<double>(gradient.squaredNorm());
    }
    double length = corrections.empty() ? std::min(1.0, 1.0 / static_cast<double>(gradient.norm())) : 1.0;
    Eigen::VectorXf next;
    double next_value = 0;
    int backtracks = 0;
    for (;; ++backtracks, length /= 2) {
      next = point + static_cast<float>(length) * way;
      next_value = objective(next, next_gradient);
      if (next_value <= value + kSufficientDecrease * length * slope || backtracks == kBacktracksMax) break;
    }
    if (backtracks == kBacktracksMax) break;  // no descent left at this precision
    Correction correction{next - point, next_gradient - gradient, 0};
    const auto curvature = static_cast<double>(correction.step.dot(correction.change));
    if (curvature > 1e-12) {
      correction.inverse_curvature = 1 / curvature;
      corrections.push_back(std::move(correction));
      if (corrections.size() > static_cast<size_t>(options.memory)) corrections.pop_front();
    }
    point = std::move(next);
    std::swap(gradient, next_gradient);
    value = next_value;
  }
  return point;
}

}  // namespace nozama
