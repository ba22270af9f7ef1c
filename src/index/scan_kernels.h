// Comparisons with stored vectors, chosen at run time for the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nozama {

// Twice the unit roundoff, of every one of d additions (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
inline constexpr float kHalfDotError = 1.2e-7F;

inline constexpr size_t kHalfDotsAtOnce = 4;

struct ScanKernels {
  std::string_view name;  // "avx512", "avx2", "portable"
  // The inner product of a query with one row of IEEE half numbers, in double, where every product is exact.
  double (*half_dot_exact)(const uint16_t* row, const float* query, size_t d);
  // The same in single precision; off by less than d × kHalfDotError where both have length 1.
  float (*half_dot)(const uint16_t* row, const float* query, size_t d);
  // The same of kHalfDotsAtOnce rows, which is faster than one after the other.
  void (*half_dots)(const uint16_t* const* rows, const float* query, size_t d, float* result);
};

// The fastest set that this processor runs.
const ScanKernels& scan_kernels();
// All that it runs, slowest first: the portable one is the reference of the tests.
std::span<const ScanKernels> available_scan_kernels();

}  // namespace nozama
