// The inner loops of filters: 64 values give 64 bits. Internal to the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nozama {

struct ColumnKernels {
  const char* name;
  // Bit i: low ≤ values[i] ≤ high; false for NaN.
  uint64_t (*in_range)(const double* values, double low, double high);
  // Bit i: values[i] is one of `wanted`.
  uint64_t (*equal_any)(const uint32_t* values, std::span<const uint32_t> wanted);
};

// All that this processor can run, slowest first.
std::span<const ColumnKernels> available_column_kernels();
const ColumnKernels& column_kernels();

}  // namespace nozama
