#pragma once

#include <functional>
#include <stop_token>

#include <Eigen/Dense>

namespace nozama {

struct LbfgsOptions {
  int iterations_max = 100;
  double gradient_tolerance = 1e-5;  // of the gradient's largest entry
  double value_tolerance = 1e-6;     // stops after two steps in a row that lower the value by less than this share
  int memory = 8;
};

// Minimises a smooth convex function from `start`: limited-memory BFGS with backtracking line search
// (Nocedal & Wright, Numerical Optimization, algorithms 7.4 and 7.5), products summed in double. The objective returns the value and fills the gradient.
using Objective = std::function<double(const Eigen::VectorXf& point, Eigen::VectorXf& gradient)>;
Eigen::VectorXf minimise_lbfgs(const Objective& objective, Eigen::VectorXf start, const LbfgsOptions& options, std::stop_token stop);

}  // namespace nozama
