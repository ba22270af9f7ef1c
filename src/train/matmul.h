// The one matrix product that training needs, chosen at run time for the processor. Internal to train.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace nozama {

inline constexpr size_t kMatmulColumns = 16;  // columns of B and C come in multiples of this

// Element (m, k) is data[m * row_stride + k * depth_stride]: a matrix or, with the strides exchanged, its transpose.
struct StridedMatrix {
  const float* data = nullptr;
  size_t rows = 0, depth = 0;
  size_t row_stride = 0, depth_stride = 1;
};

struct MatmulKernel {
  std::string_view name;  // "avx512", "avx2", "portable"
  // c += a · b; b is a.depth × columns, c is a.rows × columns, both row-major and packed.
  void (*accumulate)(const StridedMatrix& a, const float* b, float* c, size_t columns);
};

// The fastest that this processor runs. Sums differ in the last bits between kernels, never between runs.
const MatmulKernel& matmul_kernel();
// All that it runs, slowest first.
std::span<const MatmulKernel> available_matmul_kernels();

}  // namespace nozama
