// The directions of greatest variance of a sample.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nozama {

class PrincipalAxes {
 public:
  // `sample` has rows of `in` numbers. Orthogonal iteration; out <= in.
  PrincipalAxes(std::span<const float> sample, size_t in, size_t out);

  size_t in() const { return mean_.size(); }
  size_t out() const { return out_; }
  // result (out numbers) = axes · (x − mean), scaled to length 1; false for an x equal to the mean.
  bool project(std::span<const float> x, std::span<float> result) const;

 private:
  size_t out_;
  std::vector<float> mean_;
  std::vector<float> axes_;       // in × out, row-major: one row an input number
  std::vector<float> mean_part_;  // axes · mean
};

}  // namespace nozama
