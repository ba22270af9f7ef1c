// Comparisons with stored vectors, chosen at run time for the processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nozama {

struct ScanKernels {
  std::string_view name;  // "avx512", "avx2", "portable"
  // The inner product of a query with one row of IEEE half numbers, in double, where every product is exact.
  double (*half_dot_exact)(const uint16_t* row, const float* query, size_t d);
};

// The fastest set that this processor runs.
const ScanKernels& scan_kernels();
// All that it runs, slowest first: the portable one is the reference of the tests.
std::span<const ScanKernels> available_scan_kernels();

}  // namespace nozama
