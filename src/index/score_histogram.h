// The k-th best of many scores, roughly, at a few instructions a score. Internal to the index.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace nozama {

// Scores in equal bins; what lies outside of the range is counted at its ends.
class ScoreHistogram {
 public:
  // Follows two ranks, first <= second.
  ScoreHistogram(float lowest, float highest, size_t first, size_t second)
      : lowest_(lowest), bins_per_score_(static_cast<float>(kBins) / (highest - lowest)), cuts_{Cut{first}, Cut{second}} {}

  void add(float score) {
    const auto bin = static_cast<size_t>(std::clamp((score - lowest_) * bins_per_score_, 0.0F, static_cast<float>(kBins - 1)));
    ++counts_[bin];
    for (Cut& cut : cuts_) {
      if (bin < cut.bin) continue;
      ++cut.above;
      while (cut.above - counts_[cut.bin] >= cut.rank) cut.above -= counts_[cut.bin++];
    }
  }

  // Not above the score of that rank (a hundredth of a bin for rounding), and about a bin below at most; below lowest() while there
  // are fewer.
  float first() const { return edge(cuts_[0]); }
  float second() const { return edge(cuts_[1]); }
  float lowest() const { return lowest_; }

 private:
  static constexpr size_t kBins = 512;
  struct Cut {
    size_t rank;
    size_t bin = 0, above = 0;  // scores in this bin and above: at least `rank`, and fewer without this bin
  };
  float edge(const Cut& cut) const { return lowest_ + (static_cast<float>(cut.bin) - 0.01F) / bins_per_score_; }

  float lowest_, bins_per_score_;
  std::array<Cut, 2> cuts_;
  std::array<uint32_t, kBins> counts_ = {};
};

}  // namespace nozama
