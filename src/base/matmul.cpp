#include "base/matmul.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace nozama {
namespace {

template <size_t bytes>
struct VectorOf;
template <>
struct VectorOf<16> {
  typedef float Type __attribute__((vector_size(16), aligned(4), may_alias));  // any float address
};
template <>
struct VectorOf<32> {
  typedef float Type __attribute__((vector_size(32), aligned(4), may_alias));  // any float address
};
template <>
struct VectorOf<64> {
  typedef float Type __attribute__((vector_size(64), aligned(4), may_alias));  // any float address
};

// f(0), f(1) … f(count - 1) one after the other, so that arrays indexed by them become registers.
template <size_t count, class Function>
[[gnu::always_inline]] inline void unrolled(const Function& f) {
  [&]<size_t... i>(std::index_sequence<i...>)
      __attribute__((always_inline)) { (f(std::integral_constant<size_t, i>{}), ...); }(std::make_index_sequence<count>{});
}

// `kRows` rows of a times 16 columns of b, summed in registers over a stretch of the depth. Written once and compiled for
// each instruction set by inlining into the functions below.
template <size_t vector_bytes, size_t kRows>
[[gnu::always_inline]] inline void tile(const StridedMatrix& a, size_t row, size_t k_first, size_t k_last, const float* b, float* c, size_t columns) {
  using Vector = typename VectorOf<vector_bytes>::Type;
  constexpr size_t kLanes = vector_bytes / sizeof(float);
  constexpr size_t kVectors = kMatmulColumns / kLanes;
  const auto place = [&](size_t i) __attribute__((always_inline)) { return c + (row + i / kVectors) * columns + i % kVectors * kLanes; };
  Vector sums[kRows * kVectors];
  unrolled<kRows * kVectors>([&](auto i) __attribute__((always_inline)) { sums[i] = *reinterpret_cast<const Vector*>(place(i)); });
  const float* left = a.data + row * a.row_stride;
  for (size_t k = k_first; k < k_last; ++k) {
    Vector right[kVectors];
    unrolled<kVectors>([&](auto v) __attribute__((always_inline)) { right[v] = *reinterpret_cast<const Vector*>(b + k * columns + v * kLanes); });
    unrolled<kRows>([&](auto r) __attribute__((always_inline)) {
      const float value = left[r * a.row_stride + k * a.depth_stride];
      unrolled<kVectors>([&](auto v) __attribute__((always_inline)) { sums[r * kVectors + v] += value * right[v]; });
    });
  }
  unrolled<kRows * kVectors>([&](auto i) __attribute__((always_inline)) { *reinterpret_cast<Vector*>(place(i)) = sums[i]; });
}

template <size_t vector_bytes, size_t kRows>
[[gnu::always_inline]] inline void accumulate(const StridedMatrix& a, const float* b, float* c, size_t columns) {
  constexpr size_t kDepthBlock = 256;  // 16 KB of b stay in the first-level cache
  for (size_t k = 0; k < a.depth; k += kDepthBlock) {
    const size_t k_last = std::min(a.depth, k + kDepthBlock);
    for (size_t column = 0; column < columns; column += kMatmulColumns) {
      size_t row = 0;
      for (; row + kRows <= a.rows; row += kRows) tile<vector_bytes, kRows>(a, row, k, k_last, b + column, c + column, columns);
      for (; row < a.rows; ++row) tile<vector_bytes, 1>(a, row, k, k_last, b + column, c + column, columns);
    }
  }
}

void accumulate_portable(const StridedMatrix& a, const float* b, float* c, size_t columns) { accumulate<16, 2>(a, b, c, columns); }

__attribute__((target("avx2,fma"))) void accumulate_avx2(const StridedMatrix& a, const float* b, float* c, size_t columns) {
  accumulate<32, 6>(a, b, c, columns);
}

__attribute__((target("avx512f"))) void accumulate_avx512(const StridedMatrix& a, const float* b, float* c, size_t columns) {
  accumulate<64, 16>(a, b, c, columns);
}

std::vector<MatmulKernel> make_available() {
  std::vector<MatmulKernel> kernels = {{"portable", accumulate_portable}};
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) kernels.push_back({"avx2", accumulate_avx2});
  if (__builtin_cpu_supports("avx512f")) kernels.push_back({"avx512", accumulate_avx512});
  return kernels;
}

}  // namespace

std::span<const MatmulKernel> available_matmul_kernels() {
  static const std::vector<MatmulKernel> kernels = make_available();
  return kernels;
}

const MatmulKernel& matmul_kernel() { return available_matmul_kernels().back(); }

void add_product(const PaddedMatrix& a, const PaddedMatrix& b, PaddedMatrix& c) {
  if (a.columns != b.rows || a.rows != c.rows || b.columns != c.columns) abort_with("matrices of these sizes have no product");
  matmul_kernel().accumulate({a.values.data(), a.rows, a.columns, a.stride}, b.values.data(), c.values.data(), b.stride);
}

void add_transposed_product(const PaddedMatrix& a, const PaddedMatrix& b, PaddedMatrix& c) {
  if (a.rows != b.rows || a.columns != c.rows || b.columns != c.columns) abort_with("matrices of these sizes have no product");
  matmul_kernel().accumulate({a.values.data(), a.columns, a.rows, 1, a.stride}, b.values.data(), c.values.data(), b.stride);
}

}  // namespace nozama
