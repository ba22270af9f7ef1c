// The product of two matrices of single precision, chosen at run time for the processor.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

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

// Row-major, every row filled up with zeros for the kernel.
struct PaddedMatrix {
  size_t rows, columns, stride;
  std::vector<float> values;  // rows × stride

  PaddedMatrix(size_t row_count, size_t column_count)
      : rows(row_count), columns(column_count), stride((column_count + kMatmulColumns - 1) / kMatmulColumns * kMatmulColumns), values(rows * stride, 0.0F) {}
  float& at(size_t row, size_t column) { return values[row * stride + column]; }
  float at(size_t row, size_t column) const { return values[row * stride + column]; }
  std::span<float> row(size_t i) { return {values.data() + i * stride, columns}; }
  std::span<const float> row(size_t i) const { return {values.data() + i * stride, columns}; }
};

// c += a · b
void add_product(const PaddedMatrix& a, const PaddedMatrix& b, PaddedMatrix& c);
// c += aᵀ · b
void add_transposed_product(const PaddedMatrix& a, const PaddedMatrix& b, PaddedMatrix& c);

}  // namespace nozama
