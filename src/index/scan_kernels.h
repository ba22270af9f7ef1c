// Comparisons with stored vectors, chosen at run time for the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "index/fixed_point.h"

namespace nozama {

// Twice the unit roundoff, of every one of d additions (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
inline constexpr float kDotError = 1.2e-7F;

inline constexpr size_t kDotsAtOnce = 4;

struct ScanKernels {
  std::string_view name;  // "avx512", "avx2", "portable"
  // The inner product of a query with one stored row, in double, where every product is exact.
  double (*dot_exact)(const Fixed* row, const float* query, size_t d);
  // The same in single precision; off by less than d × kDotError where both have length 1.
  float (*dot)(const Fixed* row, const float* query, size_t d);
  // The same of kDotsAtOnce rows, which is faster than one after the other.
  void (*dots)(const Fixed* const* rows, const float* query, size_t d, float* result);
};

// The fastest set that this processor runs.
const ScanKernels& scan_kernels();
// All that it runs, slowest first: the portable one is the reference of the tests.
std::span<const ScanKernels> available_scan_kernels();

}  // namespace nozama
