#include "bench/row_labels.h"

#include <algorithm>

#include "bench/float_kernels.h"

namespace nozama {
namespace {

constexpr size_t kAnchors = 64;

// A number from 0 to 1 for each row and purpose (the finaliser of splitmix64, Steele et al. 2014).
float spread(int64_t row, uint64_t purpose) {
  uint64_t x = static_cast<uint64_t>(row) * 2 + purpose + 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return static_cast<float>((x ^ (x >> 31)) >> 40) / 16777216.0F;
}

}  // namespace

Labeller::Labeller(std::span<const float> sample, size_t d) : d_(d) {
  const size_t rows = sample.size() / d;
  const size_t count = std::min(kAnchors, rows);
  anchors_.assign(sample.begin(), sample.begin() + static_cast<ptrdiff_t>(count * d));
  ends_.assign(count, 0);
  for (size_t row = 0; row < rows; ++row) ends_[nearest(sample.subspan(row * d, d))] += 1 / static_cast<float>(rows);
  for (size_t i = 1; i < count; ++i) ends_[i] += ends_[i - 1];
}

size_t Labeller::nearest(std::span<const float> vector) const {
  std::array<float, kAnchors> scores;
  const size_t count = anchors_.size() / d_;
  dots_of_rows(anchors_.data(), count, d_, vector.data(), scores.data());
  return static_cast<size_t>(std::max_element(scores.begin(), scores.begin() + static_cast<ptrdiff_t>(count)) - scores.begin());
}

RowLabels Labeller::label(int64_t row, std::span<const float> vector) const {
  const size_t anchor = nearest(vector);
  const float start = anchor == 0 ? 0 : ends_[anchor - 1];
  return {spread(row, 0), start + (ends_[anchor] - start) * spread(row, 1)};
}

}  // namespace nozama
