// The two inner loops of resizing. Whole numbers throughout, so that every kernel gives the same bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nozama {

// For each target pixel the source pixels that make it, all with room for the same even number of weights in 1/16384.
struct Taps {
  size_t count = 0;              // weights a target pixel
  std::vector<int> first;        // source pixel of its first weight
  std::vector<int16_t> weights;  // count × target pixels; unused ones are zero
};

constexpr int kWeightBits = 14;
constexpr int kLineBits = 7;  // fraction bits between the two passes: 255 << 7 still is a positive int16_t

using Lines = std::array<const uint16_t*, 2>;
using Targets = std::array<uint8_t*, 2>;

struct ResampleKernels {
  // The weighted sum of `bytes` of as many rows as there are weights, an even number, with kLineBits fraction bits.
  void (*blend_rows)(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out);
  // Two rows of pixels from two lines of blend_rows() that begin with source pixel `line_first` and are readable for
  // taps.count + 1 pixels beyond their end. Both may be the same.
  void (*blend_columns)(const Lines& lines, int line_first, const Taps& taps, const Targets& targets);
};

const ResampleKernels& portable_resample_kernels();
// For this processor.
const ResampleKernels& best_resample_kernels();

}  // namespace nozama
