// The two inner loops of resizing. Whole numbers throughout, so that every kernel gives the same bits.
#pragma once

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

struct ResampleKernels {
  // The weighted sum of `bytes` of as many rows as there are weights, an even number, with kLineBits fraction bits.
  void (*blend_rows)(const std::vector<const uint8_t*>& rows, const int16_t* weights, size_t bytes, uint16_t* out);
  // One row of pixels from a line of blend_rows() that begins with source pixel `line_first` and is readable for
  // taps.count + 1 pixels beyond its end.
  void (*blend_columns)(const uint16_t* line, int line_first, const Taps& taps, uint8_t* out);
};

const ResampleKernels& portable_resample_kernels();
// For this processor.
const ResampleKernels& best_resample_kernels();

}  // namespace nozama
